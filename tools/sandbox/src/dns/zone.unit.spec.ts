import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { parseZone, ZoneFile } from './zone.js';

describe('the text of a zone file', () => {
  it('reads names in any letter case, values, sequences and the default ttl', () => {
    const zone = parseZone(
      JSON.stringify({
        'Name.Test.': [
          { type: 'CNAME', value: 'x.test', ttl: 5 },
          { type: 'a', sequence: ['192.0.2.1', '127.0.0.1'], ttl: 0 },
        ],
      }),
    );
    expect(zone.get('name.test')).toEqual([
      { type: 'CNAME', values: ['x.test'], ttl: 5 },
      { type: 'A', values: ['192.0.2.1', '127.0.0.1'], ttl: 0 },
    ]);
    expect(parseZone('{"a.test": [{"type": "TXT", "value": ""}]}').get('a.test')?.[0]?.ttl).toBe(60);
  });

  it.each([
    ['{"a.test": [', 'JSON'],
    ['[]', 'object of names'],
    ['{"a..test": []}', 'no name'],
    ['{"a.test": {}}', 'a.test: a list'],
    ['{"a.test": ["x"]}', 'a.test: a record is'],
    ['{"a.test": [{"type": "SPF", "value": "x"}]}', 'type "SPF"'],
    ['{"a.test": [{"type": "A", "value": "1.2.3"}]}', '"1.2.3" is no value for A'],
    ['{"a.test": [{"type": "A"}]}', 'no value for A'],
    ['{"a.test": [{"type": "AAAA", "value": "127.0.0.1"}]}', 'no value for AAAA'],
    ['{"a.test": [{"type": "MX", "value": "mail.test"}]}', 'no value for MX'],
    ['{"a.test": [{"type": "CNAME", "value": "a b"}]}', 'no value for CNAME'],
    ['{"a.test": [{"type": "A", "sequence": []}]}', 'empty sequence'],
    ['{"a.test": [{"type": "A", "sequence": ["127.0.0.1", 7]}]}', '7 is no value for A'],
    ['{"a.test": [{"type": "A", "value": "127.0.0.1", "ttl": -1}]}', 'ttl'],
  ])('refuses %s', (text, reason) => {
    expect(() => parseZone(text)).toThrow(reason);
  });
});

describe('the zone file', () => {
  let dir: string;
  let path: string;
  let zone: ZoneFile;
  const replace = async (text: string): Promise<void> => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  const address = (name: string): string | undefined => zone.current().get(name)?.[0]?.values[0];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'eg-zone-'));
    path = join(dir, 'zone.json');
    zone = new ZoneFile(path, pino({ level: 'silent' }));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('has the name of the receiver without a file, unless the file has it', async () => {
    expect(address('receiver.sandbox.test')).toBe('127.0.0.1');
    await replace('{"receiver.sandbox.test": [{"type": "A", "value": "192.0.2.9"}]}');
    expect(address('receiver.sandbox.test')).toBe('192.0.2.9');
  });

  it('counts at once when it was replaced, also by one of the same size, and when it is gone', async () => {
    await replace('{"a.test": [{"type": "A", "value": "192.0.2.1"}]}');
    expect(address('a.test')).toBe('192.0.2.1');
    await replace('{"a.test": [{"type": "A", "value": "192.0.2.2"}]}');
    expect(address('a.test')).toBe('192.0.2.2');
    await rm(path);
    expect(address('a.test')).toBeUndefined();
  });

  it('keeps the last good one while the file is malformed, and says what is wrong', async () => {
    await replace('{"a.test": [{"type": "A", "value": "192.0.2.1"}]}');
    expect(address('a.test')).toBe('192.0.2.1');
    await replace('{"a.test": [{"type": "A"');
    expect(address('a.test')).toBe('192.0.2.1');
    expect(zone.problem).toContain('JSON');
    await replace('{"a.test": [{"type": "A", "value": "192.0.2.3"}]}');
    expect(address('a.test')).toBe('192.0.2.3');
    expect(zone.problem).toBeUndefined();
  });
});
