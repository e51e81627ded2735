/** One environment variable: how it is written, what it means, what it becomes. */
export interface Setting<T> {
  readonly env: string;
  /** The type in words, for error messages and documentation: `integer 1 to 65535`. */
  readonly type: string;
  readonly description: string;
  readonly secret: boolean;
  /** The value when the variable is not set; undefined when it must be. */
  readonly default: T | undefined;
  /** The default as an operator would write it. */
  readonly defaultText: string | undefined;
  readonly example: string | undefined;
  /** Reads the text of the variable. Throws `InvalidValue` with a reason that never repeats the text of a secret. */
  parse(text: string): T;
}

/** Why one text is no value of its setting, phrased to follow the variable's name: `must be …`. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
}

interface CommonOptions<T> {
  description: string;
  default?: T;
  example?: string;
}

interface RangeOptions extends CommonOptions<number> {
  min?: number;
  max?: number;
}

interface ListOptions<T> extends CommonOptions<readonly T[]> {
  /** Least and greatest number of members. */
  min?: number;
  max?: number;
}

function declare<T>(
  env: string,
  type: string,
  options: CommonOptions<T>,
  parse: (text: string) => T,
  write: (value: T) => string = String,
  secret = false,
): Setting<T> {
  return {
    env,
    type,
    description: options.description,
    secret,
    default: options.default,
    defaultText: options.default === undefined ? undefined : write(options.default),
    example: options.example,
    parse,
  };
}

function parseInteger(text: string, min: number, max: number): number {
  // Number() alone would take '', ' 8 ', '0x10' and '1e3'.
  const value = /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new InvalidValue(`must be ${integerType(min, max)}, not ${JSON.stringify(text)}`);
  }
  return value;
}

function integerType(min: number, max: number): string {
  if (max === Number.MAX_SAFE_INTEGER) {
    return min === Number.MIN_SAFE_INTEGER ? 'an integer' : `an integer of at least ${min}`;
  }
  return `an integer from ${min} to ${max}`;
}

/** Members are trimmed; an empty text is the empty list, an empty member is a mistake. */
function parseList<T>(text: string, options: ListOptions<T>, member: (text: string) => T): readonly T[] {
  const parts = text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidValue('has an empty member between two commas');
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  if (parts.length < min || parts.length > max) {
    const bounds = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`;
    throw new InvalidValue(`must have ${bounds} members, not ${parts.length}`);
  }
  return Object.freeze(parts.map(member));
}

const FLAGS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/** The kinds of settings. An option `default` makes a variable optional; without it the variable must be set. */
export const setting = {
  string(env: string, options: RangeOptionsOf<string>): Setting<string> {
    const { min = 1, max = 65_535 } = options;
    return declare(env, 'text', options, (text) => {
      if (text.length < min || text.length > max) {
        throw new InvalidValue(`must have ${min} to ${max} characters, not ${text.length}`);
      }
      return text;
    });
  },

  /** A text that is never shown: not in errors, not in summaries, not in documentation. */
  secret(env: string, options: RangeOptionsOf<string>): Setting<string> {
    const { min = 1, max = 65_535 } = options;
    return declare(
      env,
      'secret text',
      options,
      (text) => {
        if (text.length < min || text.length > max) {
          throw new InvalidValue(`must have ${min} to ${max} characters, not ${text.length}`);
        }
        return text;
      },
      String,
      true,
    );
  },

  int(env: string, options: RangeOptions): Setting<number> {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
    return declare(env, integerType(min, max).replace(/^an /, ''), options, (text) =>
      parseInteger(text, min, max),
    );
  },

  /** A TCP or UDP port. 0 lets the system choose and is only useful in tests. */
  port(env: string, options: CommonOptions<number>): Setting<number> {
    return declare(env, 'port', options, (text) => parseInteger(text, 0, 65_535));
  },

  /** Comma separated texts. */
  list(env: string, options: ListOptions<string>): Setting<readonly string[]> {
    return declare(
      env,
      'comma separated list',
      options,
      (text) => parseList(text, options, (part) => part),
      (value) => value.join(','),
    );
  },

  /** Comma separated integers of at least 0. */
  intList(env: string, options: ListOptions<number>): Setting<readonly number[]> {
    return declare(
      env,
      'comma separated integers',
      options,
      (text) => parseList(text, options, (part) => parseInteger(part, 0, Number.MAX_SAFE_INTEGER)),
      (value) => value.join(','),
    );
  },

  /** One of a few words. */
  choice<T extends string>(env: string, choices: readonly T[], options: CommonOptions<T>): Setting<T> {
    return declare(env, choices.join(' | '), options, (text) => {
      const found = choices.find((choice) => choice === text);
      if (found === undefined) {
        throw new InvalidValue(`must be one of ${choices.join(', ')}, not ${JSON.stringify(text)}`);
      }
      return found;
    });
  },

  /** An http or https URL; the value has no trailing slash. Credentials inside it are not repeated in errors. */
  url(env: string, options: CommonOptions<string>): Setting<string> {
    return declare(env, 'URL', options, (text) => {
      const url = URL.parse(text);
      if (url === null || !['http:', 'https:'].includes(url.protocol)) {
        throw new InvalidValue('must be an http:// or https:// URL');
      }
      return text.replace(/\/+$/, '');
    });
  },

  /** A secret key of `bytes` bytes (32 unless told) in hexadecimal digits. */
  hexKey(env: string, options: CommonOptions<string> & { bytes?: number }): Setting<string> {
    const digits = (options.bytes ?? 32) * 2;
    const parse = (text: string): string => {
      if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text)) {
        throw new InvalidValue(
          `must be ${digits} hexadecimal digits (for example: openssl rand -hex ${digits / 2})`,
        );
      }
      return text.toLowerCase();
    };
    return declare(env, `secret, ${digits} hex digits`, options, parse, String, true);
  },

  flag(env: string, options: CommonOptions<boolean>): Setting<boolean> {
    return declare(env, 'true | false', options, (text) => {
      const value = FLAGS[text.toLowerCase()];
      if (value === undefined) throw new InvalidValue(`must be true or false, not ${JSON.stringify(text)}`);
      return value;
    });
  },
};

type RangeOptionsOf<T> = CommonOptions<T> & { min?: number; max?: number };
