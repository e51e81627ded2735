import { mkdtemp, readdir, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { AccountingFile, type AccountingOptions } from './accounting-file.js';
import { COLUMNS } from './rows.js';

const header = `${COLUMNS.join(',')}\r\n`;
const day = new Date().toISOString().slice(0, 10);
const line = (rcpt: string): string => `d,,,,${rcpt}${','.repeat(COLUMNS.length - 5)}\r\n`;

let base: string;
let dir: string;
let open: AccountingFile[];
const writer = (options: Partial<AccountingOptions> = {}): AccountingFile => {
  const log = pino({ level: 'silent' });
  const file = new AccountingFile({
    dir,
    maxBytes: 1_000_000,
    rotateMs: 3_600_000,
    tear: false,
    log,
    ...options,
  });
  open.push(file);
  return file;
};
const read = (name: string): Promise<string> => readFile(join(dir, name), 'utf8');

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'eg-sandbox-'));
  dir = join(base, 'accounting');
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((file) => file.close()));
  await rm(base, { recursive: true });
});

describe('the accounting file', () => {
  it('begins with a header and has each row when append resolves', async () => {
    const file = writer();
    await file.append({ type: 'd', rcpt: 'a@x.test' });
    expect(await read(`acct-${day}-0000.csv`)).toBe(header + line('a@x.test'));
    await Promise.all([file.append({ type: 'd', rcpt: 'b' }), file.append({ type: 'd', rcpt: 'c' })]);
    expect(await read(`acct-${day}-0000.csv`)).toBe(header + line('a@x.test') + line('b') + line('c'));
  });

  it('takes a row that is appended the moment another is done', async () => {
    const file = writer();
    const written: string[] = [];
    const follow = async (rcpt: string): Promise<void> => {
      await file.append({ type: 'd', rcpt });
      written.push(rcpt);
    };
    await follow('1')
      .then(() => follow('2'))
      .then(() => follow('3'));
    expect(written).toEqual(['1', '2', '3']);
  });

  it('goes on in the next number by size, with whole rows and a header each', async () => {
    const size = header.length + 2 * line('1').length;
    const file = writer({ maxBytes: size });
    await Promise.all(['1', '2', '3'].map((rcpt) => file.append({ type: 'd', rcpt })));
    expect((await readdir(dir)).toSorted()).toEqual([`acct-${day}-0000.csv`, `acct-${day}-0001.csv`]);
    expect(await read(`acct-${day}-0000.csv`)).toBe(header + line('1') + line('2'));
    expect(await read(`acct-${day}-0001.csv`)).toBe(header + line('3'));
  });

  it('goes on in the next number by age', async () => {
    const file = writer({ rotateMs: 0 });
    await file.append({ type: 'd', rcpt: '1' });
    await file.append({ type: 'd', rcpt: '2' });
    expect(await readdir(dir)).toHaveLength(2);
  });

  it('begins a new number after a restart, also when finished files were compressed or taken away', async () => {
    const first = writer();
    await first.append({ type: 'd', rcpt: '1' });
    await first.close();
    await rm(join(dir, `acct-${day}-0000.csv`));
    await writeFile(join(dir, `acct-${day}-0006.csv.gz`), '');
    await writer().append({ type: 'd', rcpt: '2' });
    expect(await read(`acct-${day}-0007.csv`)).toBe(header + line('2'));
  });

  it('never gives a number twice while it runs', async () => {
    const file = writer({ rotateMs: 0 });
    await file.append({ type: 'd', rcpt: '1' });
    await rm(join(dir, `acct-${day}-0000.csv`));
    await file.append({ type: 'd', rcpt: '2' });
    expect(await readdir(dir)).toEqual([`acct-${day}-0001.csv`]);
  });

  it('with tear: shows a torn row before the whole one, and finishes it when closed', async () => {
    const file = writer({ tear: true });
    const appended = file.append({ type: 'd', rcpt: 'a@x.test' });
    const whole = header + line('a@x.test');
    let torn = '';
    while (torn.length <= header.length) torn = await read(`acct-${day}-0000.csv`).catch(() => '');
    expect(torn.length).toBeLessThan(whole.length);
    expect(whole.startsWith(torn)).toBe(true);
    await file.close();
    await appended;
    expect(await read(`acct-${day}-0000.csv`)).toBe(whole);
  });

  it('keeps rows while the folder refuses, says why, and writes them once it can', async () => {
    await writeFile(dir, 'a file where the folder should be');
    const file = writer();
    const appended = file.append({ type: 'd', rcpt: 'a@x.test' });
    while (file.lastError === undefined) await new Promise(setImmediate);
    expect(file.lastError).toMatch(/EEXIST|ENOTDIR/);
    await rm(dir);
    await appended;
    expect(file.lastError).toBeUndefined();
    expect(await read(`acct-${day}-0000.csv`)).toBe(header + line('a@x.test'));
  });

  it('writes rows again in a new file when a write fails', async () => {
    const file = writer();
    await file.append({ type: 'd', rcpt: '1' });
    const { handle } = Reflect.get(file, 'file') as { handle: FileHandle };
    await handle.close();
    await Promise.all(['2', '3'].map((rcpt) => file.append({ type: 'd', rcpt })));
    expect(await read(`acct-${day}-0000.csv`)).toBe(header + line('1'));
    expect(await read(`acct-${day}-0001.csv`)).toBe(header + line('2') + line('3'));
  });

  it('gives up rows that can not be written when it is closed', async () => {
    await writeFile(dir, 'a file where the folder should be');
    const file = writer();
    const appended = file.append({ type: 'd', rcpt: '1' });
    const closed = file.close();
    await expect(appended).rejects.toThrow(/EEXIST|ENOTDIR/);
    await closed;
  });

  it('refuses a row after it was closed', async () => {
    const file = writer();
    await file.close();
    await expect(file.append({ type: 'd' })).rejects.toThrow('closed');
  });
});
