import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isAccountingName, sequenceOf, stemOf } from './file-names.js';
import { Bench, HEADER, line } from './testing.spec.js';

let folder: string;
let bench: Bench;
const at = (...names: string[]): string => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eg-tail-'));
  bench = new Bench(folder);
});
afterEach(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

describe('a live file', () => {
  it('is read as it grows, whole lines only', async () => {
    await writeFile(at('acct.csv'), HEADER);
    expect(await bench.read()).toEqual([]);
    await appendFile(at('acct.csv'), line('a') + 'd,2024-03-05 09:15');
    expect(await bench.read()).toEqual(['a']);
    await appendFile(at('acct.csv'), ':02+0000,b\r\n');
    expect(await bench.read()).toEqual(['b']);
    expect(await bench.readLater()).toEqual([]);
    expect(bench.lag).toBe(0);
  });

  it('keeps waiting for the end of its last line, however long', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a') + 'd,2024-03-05 09:15:02+0000,b');
    expect(await bench.read()).toEqual(['a']);
    expect(await bench.readLater()).toEqual([]);
    await appendFile(at('acct.csv'), 'c\r\n');
    expect(await bench.readLater()).toEqual(['bc']);
  });

  it('gives the rows that a full batch left behind, though nothing was added', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a') + line('b') + line('c'));
    expect(await bench.read(2)).toEqual(['a', 'b']);
    expect(await bench.read(2)).toEqual(['c']);
  });

  it('goes on where it was after a restart, in mid-file with its header', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a'));
    await bench.read();
    await bench.restart();
    await appendFile(at('acct.csv'), line('b'));
    expect(await bench.read()).toEqual(['b']);
  });

  it('is followed when it is renamed, also while it grows and across a restart', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a'));
    await bench.read();
    await mkdir(at('done'));
    await rename(at('acct.csv'), at('done', 'acct-2024-03-05-0000.csv'));
    await appendFile(at('done', 'acct-2024-03-05-0000.csv'), line('b'));
    await writeFile(at('acct.csv'), HEADER + line('c'));
    expect((await bench.read()).sort()).toEqual(['b', 'c']);
    await bench.restart();
    await rename(at('done', 'acct-2024-03-05-0000.csv'), at('done', 'other.csv'));
    expect(await bench.read()).toEqual([]);
  });

  it('is read to its end when it was deleted meanwhile', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a'));
    await bench.read();
    await appendFile(at('acct.csv'), line('b') + line('c').trimEnd());
    await unlink(at('acct.csv'));
    expect(await bench.read()).toEqual(['b']);
    expect(await bench.readLater()).toEqual(['c']);
    await bench.read();
    expect(bench.lag).toBe(0);
  });
});

describe('a file that is not what it was', () => {
  it('cut: begins a new epoch', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a') + line('b'));
    await bench.read();
    await truncate(at('acct.csv'), HEADER.length + line('a').length);
    expect(await bench.read()).toEqual(['a']);
    await appendFile(at('acct.csv'), line('c'));
    expect(await bench.read()).toEqual(['c']);
    expect([...bench.stored.keys()].map((identity) => identity.slice(-3)).sort()).toEqual(['-e0', '-e1']);
  });

  it('cut and filled beyond the old place between two looks: begins a new epoch', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a') + line('b'));
    await bench.read();
    await writeFile(at('acct.csv'), HEADER + line('a') + line('x') + line('y') + line('z'));
    await bench.read();
    expect(await bench.read()).toEqual(['a', 'x', 'y', 'z']);
  });

  it('cut and filled while we were away: begins a new epoch', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a') + line('b'));
    await bench.read();
    await bench.restart();
    await writeFile(at('acct.csv'), HEADER + line('a') + line('x') + line('y'));
    expect(await bench.read()).toEqual(['a', 'x', 'y']);
  });

  it('another file under a reused name is another file', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a'));
    await bench.read();
    await rename(at('acct.csv'), at('acct.old'));
    await writeFile(at('acct.csv'), HEADER + line('p') + line('q'));
    expect(await bench.read()).toEqual(['p', 'q']);
  });
});

describe('copies', () => {
  it('of the same name elsewhere are not read again, what they have more is', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a'));
    await bench.read();
    await mkdir(at('archive'));
    await copyFile(at('acct.csv'), at('archive', 'acct.csv'));
    await appendFile(at('archive', 'acct.csv'), line('b'));
    expect(await bench.read()).toEqual(['b']);
  });

  it('of another name are read: their rows make the same events', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a'));
    await bench.read();
    await copyFile(at('acct.csv'), at('again.csv'));
    expect(await bench.read()).toEqual(['a']);
  });

  it('of the same name with other rows are read from the start', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a') + line('b'));
    await bench.read();
    await mkdir(at('host2'));
    await writeFile(at('host2', 'acct.csv'), HEADER + line('a') + line('x') + line('y'));
    expect(await bench.read()).toEqual(['a', 'x', 'y']);
  });
});

describe('a finished file', () => {
  const [first, second] = ['acct-2024-03-05-0000.csv', 'acct-2024-03-05-0001.csv'];

  it('may end without line ending, once a later number exists and it rests', async () => {
    await writeFile(at(first), HEADER + line('a') + line('b').trimEnd());
    await writeFile(at(second), HEADER + line('c') + line('d').trimEnd());
    expect((await bench.read()).sort()).toEqual(['a', 'c']);
    expect(await bench.readLater()).toEqual(['b']);
    expect(await bench.readLater()).toEqual([]);
  });

  it('that ends in half a row gives its half up, with its place', async () => {
    const whole = HEADER + line('a');
    await writeFile(at(first), whole + 'd,2024-03-05');
    await writeFile(at(second), HEADER);
    expect(await bench.read()).toEqual(['a']);
    expect(await bench.readLater()).toEqual([`<truncated-tail at ${whole.length}>`]);
  });

  it('that grows all the same is read on', async () => {
    await writeFile(at(first), HEADER + line('a'));
    await writeFile(at(second), HEADER);
    await bench.read();
    await bench.readLater();
    await appendFile(at(first), line('late'));
    expect(await bench.read()).toEqual(['late']);
  });

  it('with a single row and no line ending is read', async () => {
    await writeFile(at(first), HEADER + line('only').trimEnd());
    await writeFile(at(second), HEADER);
    expect(await bench.read()).toEqual([]);
    expect(await bench.readLater()).toEqual(['only']);
  });
});

describe('compressed files', () => {
  const content = Buffer.from(HEADER + line('a') + line('b').trimEnd());

  it.each([
    ['acct.csv.gz', gzipSync(content)],
    ['acct.csv.zst', zstdCompressSync(content)],
    ['mislabelled.csv', gzipSync(content)],
    [
      'two-members.csv.gz',
      Buffer.concat([gzipSync(content.subarray(0, 40)), gzipSync(content.subarray(40))]),
    ],
  ])('%s is read once nobody copies it any more', async (name, bytes) => {
    await writeFile(at(name), bytes);
    expect(await bench.read()).toEqual([]);
    expect(await bench.readLater()).toEqual(['a', 'b']);
    await bench.restart();
    await bench.read();
    expect(await bench.readLater()).toEqual([]);
  });

  it('a file that was read before is not read again when it has been compressed', async () => {
    await writeFile(at('acct.csv'), HEADER + line('a') + line('b'));
    expect(await bench.read()).toEqual(['a', 'b']);
    await writeFile(at('acct.csv.gz'), gzipSync(HEADER + line('a') + line('b') + line('c')));
    await unlink(at('acct.csv'));
    await bench.read();
    expect(await bench.readLater()).toEqual(['c']);
  });

  it('that cannot be decoded to its end is read as far as it goes, and again when it changes', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => line(`r${n}-${Math.sin(n)}`)).join('');
    const bytes = gzipSync(HEADER + rows);
    await writeFile(at('acct.csv.gz'), bytes.subarray(0, bytes.length - 1_000));
    await bench.read();
    const first = await bench.readLater();
    expect(first.at(-1)).toBe('<corrupt>');
    expect(await bench.readLater()).toEqual([]);
    await writeFile(at('acct.csv.gz'), bytes);
    await bench.read();
    const second = await bench.readLater();
    expect(first.length - 1 + second.length).toBe(20_000);
    expect(second.at(-1)).toBe(`r19999-${Math.sin(19_999)}`);
  });
});

describe('names', () => {
  it('takes accounting files and leaves drafts alone', () => {
    const taken = ['acct.csv', 'a.CSV', 'acct.jsonl', 'x.csv.gz', 'x.jsonl.zst'];
    const left = ['.acct.csv', 'acct.csv.tmp', 'acct.txt', 'acct.csv.bz2', 'csv', '.csv', 'acct.csv~'];
    expect([...taken, ...left].filter(isAccountingName)).toEqual(taken);
  });

  it('reads the number that PowerMTA gave', () => {
    expect(sequenceOf('/x/acct-2024-03-05-0002.csv')).toEqual({
      base: 'acct',
      order: '2024-03-05-0000000002',
    });
    expect(sequenceOf('oempro-bounce-2024-03-05-0010.csv.gz')?.base).toBe('oempro-bounce');
    expect(sequenceOf('acct.csv')).toBeUndefined();
    expect(stemOf('/x/acct.csv.gz')).toBe('acct.csv');
  });

  it('folders and files in hiding are not read, sub-folders are', async () => {
    await mkdir(at('.staging'));
    await mkdir(at('mta1', 'done'), { recursive: true });
    await writeFile(at('.staging', 'acct.csv'), HEADER + line('hidden'));
    await writeFile(at('acct.csv.tmp'), HEADER + line('draft'));
    await writeFile(at('mta1', 'done', 'acct.csv'), HEADER + line('a'));
    expect(await bench.read()).toEqual(['a']);
    await rename(at('acct.csv.tmp'), at('acct.csv'));
    expect(await bench.read()).toEqual(['draft']);
  });

  it('JSON lines are read too, the first row at once', async () => {
    await writeFile(at('acct.jsonl'), '{"type":"d","rcpt":"a"}\n');
    expect(await bench.read()).toEqual(['a']);
    await appendFile(at('acct.jsonl'), '{"type":"d","rcpt":"b"}\n');
    expect(await bench.read()).toEqual(['b']);
  });
});

describe('a zstd file of several frames', () => {
  const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);
  const many = Array.from({ length: 20_000 }, (_, no) => `r${no}`);

  it.each<[string, object]>([
    ['as they come', {}],
    ['with checksums', { params: { [constants.ZSTD_c_checksumFlag]: 1 } }],
    ['without their size', { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } }],
  ])('is read to its end: frames %s', async (_what, options) => {
    const frames = [HEADER + many.map(line).join(''), line('a'), '', line('b').repeat(1_000), line('c')];
    const packed = frames.map((frame) => zstdCompressSync(frame, options));
    await writeFile(
      at('acct.csv.zst'),
      Buffer.concat([...packed.slice(0, 2), skippable, ...packed.slice(2)]),
    );
    await bench.read();
    const seen = await bench.readLater();
    expect(seen).toEqual([...many, 'a', ...Array<string>(1_000).fill('b'), 'c']);
  });

  it('says so when something else stands behind a frame', async () => {
    const bytes = Buffer.concat([zstdCompressSync(HEADER + line('a')), Buffer.from('no frame at all')]);
    await writeFile(at('acct.csv.zst'), bytes);
    await bench.read();
    expect(await bench.readLater()).toEqual(['a', '<corrupt>']);
  });
});

describe('several files', () => {
  it('are read though one of them, or a folder, cannot be looked at', async () => {
    await symlink('loop.csv', at('loop.csv'));
    await symlink('nowhere', at('folder'));
    await writeFile(at('acct.csv'), HEADER + line('a'));
    expect(await bench.read()).toEqual(['a']);
    await appendFile(at('acct.csv'), line('b'));
    expect(await bench.read()).toEqual(['b']);
  });

  it('of one sequence are read in its order, so that the events of a mail keep theirs', async () => {
    await writeFile(at('acct-2024-03-05-0002.csv'), HEADER + line('c') + line('d'));
    await writeFile(at('acct-2024-03-05-0001.csv'), HEADER + line('a') + line('b'));
    const seen = [];
    for (let look = 0; look < 6; look += 1) seen.push(...(await bench.read(1)));
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of hosts that number alike do not close one another', async () => {
    await mkdir(at('mta1'));
    await mkdir(at('mta2'));
    await writeFile(at('mta1', 'acct-2024-03-05-0005.csv'), HEADER + line('a'));
    await writeFile(
      at('mta2', 'acct-2024-03-05-0002.csv'),
      HEADER + line('x') + 'd,2024-03-05 09:15:02+0000,y',
    );
    expect((await bench.read()).toSorted()).toEqual(['a', 'x']);
    expect(await bench.readLater()).toEqual([]);
    await appendFile(at('mta2', 'acct-2024-03-05-0002.csv'), 'z\r\n');
    expect(await bench.readLater()).toEqual(['yz']);
  });

  it('with the same rows, plain and compressed, give them once, also while the plain one has a backlog', async () => {
    const content = HEADER + ['a', 'b', 'c', 'd'].map(line).join('');
    await writeFile(at('acct.csv'), content);
    expect(await bench.read(1)).toEqual(['a']);
    await writeFile(at('acct.csv.gz'), gzipSync(content));
    const seen = [];
    for (let look = 0; look < 3; look += 1) seen.push(...(await bench.read(1)));
    await unlink(at('acct.csv'));
    for (let look = 0; look < 6; look += 1) seen.push(...(await bench.readLater()));
    expect(seen).toEqual(['b', 'c', 'd']);
  });
});
