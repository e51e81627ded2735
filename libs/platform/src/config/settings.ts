/**
 * Typed settings: one declaration gives the parsing at start, the redacted summary in the log and the row in the
 * generated configuration reference. Nothing but an app's `config.ts` reads the environment.
 */

import { InvalidValue, type Setting } from './setting.js';

export { type Setting, setting } from './setting.js';

export type Settings = Record<string, Setting<unknown>>;
export type ValueOf<S> = S extends Setting<infer T> ? T : never;
export type Values<S extends Settings> = { readonly [K in keyof S]: ValueOf<S[K]> };

export interface ConfigDefinition<S extends Settings = Settings> {
  readonly app: string;
  readonly settings: S;
}

/** One row of the generated reference. */
export interface SettingDescription {
  env: string;
  type: string;
  default: string | undefined;
  secret: boolean;
  required: boolean;
  description: string;
  example: string | undefined;
}

export interface ConfigProblem {
  readonly env: string;
  readonly reason: string;
}

/** Every variable that is wrong, one line each, so that an operator corrects them in one go. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(
    readonly app: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(
      [
        `${app} cannot start, its configuration is wrong:`,
        ...problems.map((p) => `  ${p.env} ${p.reason}`),
      ].join('\n'),
    );
  }
}

/** Declares what an app reads. Throws on a name that is no `EG_…` variable or that is declared twice. */
export function defineConfig<S extends Settings>(app: string, settings: S): ConfigDefinition<S> {
  const seen = new Set<string>();
  for (const { env } of Object.values(settings)) {
    if (!/^EG_[A-Z0-9]+(_[A-Z0-9]+)*$/.test(env)) throw new Error(`${app}: ${env} is no EG_ variable name`);
    if (seen.has(env)) throw new Error(`${app}: ${env} is declared twice`);
    seen.add(env);
  }
  return Object.freeze({ app, settings });
}

/**
 * Reads and checks every variable of the definition. A variable that is set to nothing counts as unset, as compose
 * files write it, except for a list, where it is the empty list.
 * @throws ConfigError that names every wrong variable and never the value of a secret.
 */
export function readConfig<S extends Settings>(
  definition: ConfigDefinition<S>,
  env: NodeJS.ProcessEnv,
): Values<S> {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, declared] of Object.entries(definition.settings)) {
    const text = env[declared.env];
    try {
      if (isSet(declared, text)) values[key] = declared.parse(text);
      else if (declared.default !== undefined) values[key] = declared.default;
      else problems.push({ env: declared.env, reason: missing(declared) });
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      problems.push({ env: declared.env, reason: error.message });
    }
  }
  if (problems.length > 0) throw new ConfigError(definition.app, problems);
  // Every key of S was filled above or reported as a problem.
  return Object.freeze(values) as Values<S>;
}

function isSet(declared: Setting<unknown>, text: string | undefined): text is string {
  return text !== undefined && (text !== '' || declared.type.startsWith('comma separated'));
}

function missing(declared: Setting<unknown>): string {
  const hint = declared.type.includes('hex digits')
    ? ' (for example: openssl rand -hex 32)'
    : declared.example === undefined || declared.secret
      ? ''
      : ` (for example: ${declared.example})`;
  return `is not set: ${declared.description}. Set it to ${declared.type}${hint}.`;
}

/** The values as they may be logged: a secret only shows whether it is set, a URL loses its credentials. */
export function redactedSummary<S extends Settings>(
  definition: ConfigDefinition<S>,
  values: Values<S>,
): Record<string, unknown> {
  const summary: Record<string, unknown> = {};
  for (const [key, declared] of Object.entries(definition.settings)) {
    const value = values[key];
    if (declared.secret) summary[declared.env] = value === undefined || value === '' ? 'unset' : 'set';
    else summary[declared.env] = declared.type === 'URL' ? withoutCredentials(String(value)) : value;
  }
  return summary;
}

function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/, '$1[redacted]@');
}

/** The rows of the configuration reference, in the order of declaration. */
export function describeConfig(definition: ConfigDefinition): SettingDescription[] {
  return Object.values(definition.settings).map((declared) => ({
    env: declared.env,
    type: declared.type,
    default: declared.secret ? undefined : declared.defaultText,
    secret: declared.secret,
    required: declared.default === undefined,
    description: declared.description,
    example: declared.example,
  }));
}
