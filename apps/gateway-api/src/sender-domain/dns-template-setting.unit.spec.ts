import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readGatewayConfig } from '../config.js';
import { dnsTemplates } from './dns-template-setting.js';

const setting = dnsTemplates('EG_DNS_TEMPLATES');
const parse = (text: string) => setting.parse(text);
const strict = [
  { host: '{mfrom}', type: 'MX', value: '10 mx.{infrastructure}' },
  { host: '{domain}', type: 'TXT', value: '{hash}' },
];
const json = JSON.stringify({ Strict: strict, 'Nothing at all': [] });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dns-templates-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('EG_DNS_TEMPLATES', () => {
  it('is JSON, or names a file that holds it', () => {
    const expected = [
      ['Strict', strict],
      ['Nothing at all', []],
    ];
    expect([...parse(json)]).toEqual(expected);
    const file = join(folder, 'templates.json');
    writeFileSync(file, `\n${json}\n`);
    expect([...parse(file)]).toEqual(expected);
    expect(JSON.stringify(parse(json))).toBe('["Strict","Nothing at all"]');
  });

  it.each([
    ['/no/such/file.json', 'names a file that cannot be read: ENOENT'],
    ['{"Strict": [}', 'holds no valid JSON'],
    ['{"Strict": {}}', 'must have a list of records in template "Strict"'],
    ['{"": []}', 'names a template ""'],
    ['{" Strict": []}', 'names a template " Strict"'],
    [`{"${'a'.repeat(65)}": []}`, '1 to 64 printable ASCII characters'],
    ['{"Strict": ["{domain}"]}', 'must have an object in Strict[0]'],
    [
      '{"Strict": [{"host": "{domain}", "type": "SRV", "value": "x"}]}',
      'must have one of the types CNAME, A, MX, TXT in Strict[0]',
    ],
    [
      '{"Strict": [{"type": "A", "value": "192.0.2.1"}]}',
      'must have the texts "host" and "value" in Strict[0]',
    ],
    [
      '{"Strict": [{"host": "{domain}", "type": "A", "value": "192.0.2.1", "ttl": 5}]}',
      'has an unknown key "ttl" in Strict[0]',
    ],
  ])('%s is refused', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it('must hold a list of templates, not one', () => {
    const file = join(folder, 'list.json');
    writeFileSync(file, '[]');
    expect(() => parse(file)).toThrow('must be a JSON object of templates');
  });

  it('stops the process at its start when a template cannot work', () => {
    const secret = 'a'.repeat(64);
    const env = {
      EG_MYSQL_PASSWORD: 'x',
      EG_MASTER_KEY: secret,
      EG_ADMIN_API_KEY: secret,
      EG_LEGACY_KEY_SALT: 'x',
      EG_LEGACY_KEY_LICENSE: 'x',
    };
    expect(readGatewayConfig({ ...env, EG_DNS_TEMPLATES: json }).dnsTemplates.get('Strict')).toEqual(strict);
    const twice = JSON.stringify({ Twice: [...strict, { host: 'SL.{domain}', type: 'TXT', value: 'x' }] });
    expect(() => readGatewayConfig({ ...env, EG_DNS_TEMPLATES: twice })).toThrow(
      'EG_DNS_TEMPLATES has in template "Twice" record "SL.{domain}" (TXT): another record has this host',
    );
  });
});
