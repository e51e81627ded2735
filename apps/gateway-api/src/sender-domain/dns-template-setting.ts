import { readFileSync } from 'node:fs';
import { RECORD_TYPES, type DnsTemplate, type DnsTemplateRecord } from '#domain/sender-domain/dns-records';
import { InvalidValue } from '#platform/config/setting';
import { setting, type Setting } from '#platform/config/settings';
import { reasonOf } from '#platform/telemetry/reason';

/** Templates under the names by which groups choose them. */
export class DnsTemplates extends Map<string, DnsTemplate> {
  /** What the log shows of them at start. */
  toJSON(): string[] {
    return [...this.keys()];
  }
}

/** Characters of `EmailGatewayDNSTemplate`, the column of a group. */
const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/;

/**
 * DNS templates of the installation: JSON, or the path of a file that holds it. Described in `docs/dns-templates.md`.
 * What a template must hold to with the other settings is checked when all are read (`templateProblem`).
 */
export function dnsTemplates(env: string): Setting<DnsTemplates> {
  const text = setting.string(env, {
    description:
      'DNS templates that groups may name besides `Default`, or a `Default` of your own; see dns-templates.md',
    example: '/etc/email-gateway/dns-templates.json',
  });
  return {
    ...text,
    type: 'JSON, or the path of a JSON file',
    default: new DnsTemplates(),
    defaultText: '(none)',
    parse: (value) => readTemplates(/^\s*\{/.test(value) ? value : readFile(value)),
  };
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidValue(`names a file that cannot be read: ${reasonOf(error)}`);
  }
}

function readTemplates(json: string): DnsTemplates {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new InvalidValue(`holds no valid JSON: ${reasonOf(error)}`);
  }
  if (!isObject(parsed))
    throw new InvalidValue('must be a JSON object of templates: {"name": [{"host", "type", "value"}]}');
  return new DnsTemplates(
    Object.entries(parsed).map(([name, template]) => [name, readTemplate(name, template)]),
  );
}

function readTemplate(name: string, template: unknown): DnsTemplate {
  if (!NAME.test(name))
    throw new InvalidValue(
      `names a template ${JSON.stringify(name)}: a name has 1 to 64 printable ASCII characters, none of them a blank at either end`,
    );
  if (!Array.isArray(template))
    throw new InvalidValue(`must have a list of records in template ${JSON.stringify(name)}`);
  return template.map((record: unknown, index) => readRecord(record, `${name}[${index}]`));
}

function readRecord(record: unknown, where: string): DnsTemplateRecord {
  if (!isObject(record)) throw new InvalidValue(`must have an object in ${where}`);
  const { host, type, value, ...others } = record;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new InvalidValue(`has an unknown key ${JSON.stringify(other)} in ${where}`);
  const recordType = RECORD_TYPES.find((known) => known === type);
  if (recordType === undefined)
    throw new InvalidValue(`must have one of the types ${RECORD_TYPES.join(', ')} in ${where}`);
  if (typeof host !== 'string' || typeof value !== 'string')
    throw new InvalidValue(`must have the texts "host" and "value" in ${where}`);
  return { host, type: recordType, value };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
