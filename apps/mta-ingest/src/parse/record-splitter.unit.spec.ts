import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_LINE_BREAKS, MAX_RECORD_BYTES, RecordSplitter } from './record-splitter.js';
import type { Piece } from './record-splitter.js';
import { RecordPiece } from './record-piece.js';

const isRow = ({ bytes }: RecordPiece): boolean => /^[dbt],[^,]*,[^,]*$/.test(bytes.toString());

/** Pieces with bytes of their own: those of the splitter are overwritten. */
function drain(splitter: RecordSplitter): Piece[] {
  const pieces: Piece[] = [];
  for (let piece = splitter.next(); piece; piece = splitter.next()) {
    const bytes = Buffer.from(piece.bytes);
    if (piece.kind === 'bad') pieces.push({ ...piece, bytes });
    else pieces.push(new RecordPiece(bytes, 0, bytes.length, piece.offset, piece.length, piece.terminated));
  }
  return pieces;
}

/** @param write whether the chunk is written into the splitter's own room, as files are, or handed over */
function feed(splitter: RecordSplitter, chunk: Buffer, write: boolean): void {
  if (!write) return splitter.push(chunk);
  // Room may have more than comes.
  chunk.copy(splitter.room(chunk.length + 3));
  splitter.filled(chunk.length);
}

function split(
  chunks: readonly Buffer[],
  { finished = true, from = 0, write = (_chunk: number): boolean => false } = {},
): Piece[] {
  const splitter = new RecordSplitter(from, isRow);
  const pieces = chunks.flatMap((chunk, index) => {
    feed(splitter, chunk, write(index));
    return drain(splitter);
  });
  if (finished) splitter.end();
  return [...pieces, ...drain(splitter)];
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const records = (pieces: readonly Piece[]): string[] =>
  pieces.map((piece) => (piece.kind === 'record' ? piece.bytes.toString('latin1') : `<${piece.reason}>`));

describe('record splitter', () => {
  it.each<[string, string, string[]]>([
    ['CRLF and LF end records', 'a,b\r\nc\nd\r\n', ['a,b', 'c', 'd']],
    ['a lone CR is data', 'a\rb,c\r\r\n', ['a\rb,c\r']],
    ['a line break inside quotes is data', 'd,"x\r\ny\nz",1\r\ne\n', ['d,"x\r\ny\nz",1', 'e']],
    ['a doubled quote does not end the cell', 'd,"a"",""\nb",1\n', ['d,"a"",""\nb",1']],
    ['a bare quote inside a cell opens nothing', 'd,a"b,1\nd,2,3\n', ['d,a"b,1', 'd,2,3']],
    ['text after a closing quote is kept', 'd,"a"b,1\nd,2,3\n', ['d,"a"b,1', 'd,2,3']],
    ['a quoted cell may end the record', 'd,"a"\r\nd,"b"\n', ['d,"a"', 'd,"b"']],
    ['blank lines are records of nothing', '\r\n\na\n', ['', '', 'a']],
    [
      'a byte order mark is taken off the start',
      '\xef\xbb\xbftype,x\na\xef\xbb\xbf\n',
      ['type,x', 'a\xef\xbb\xbf'],
    ],
  ])('%s', (_rule, input, expected) => {
    expect(records(split([text(input)]))).toEqual(expected);
  });

  it('a byte order mark in mid-file is data', () => {
    expect(records(split([text('\xef\xbb\xbfa\n')], { from: 10 }))).toEqual(['\xef\xbb\xbfa']);
  });

  it('the last line of a live file waits for its line ending', () => {
    const splitter = new RecordSplitter(100, isRow);
    splitter.push(text('d,1,2\r\nd,3,'));
    expect(drain(splitter)).toMatchObject([{ kind: 'record', offset: 100, length: 7, terminated: true }]);
    expect(splitter.offset).toBe(107);
    splitter.push(text('4\n'));
    expect(drain(splitter)).toMatchObject([{ kind: 'record', offset: 107, length: 6 }]);
    expect(splitter.offset).toBe(113);
  });

  it('the last line of a finished file needs none, unless a quote is open', () => {
    expect(split([text('d,1,2')])).toMatchObject([{ kind: 'record', length: 5, terminated: false }]);
    expect(split([text('d,"1')])).toMatchObject([
      { kind: 'bad', reason: 'truncated-tail', offset: 0, length: 4 },
    ]);
  });

  describe('a quote that is never closed', () => {
    it('costs its own line only, once a later quote shows that it was torn', () => {
      const pieces = split([text('d,"torn\r\nd,"a, b",2\r\nd,3,4\r\n')]);
      expect(records(pieces)).toEqual(['<unbalanced-quote>', '<resync>', 'd,3,4']);
      expect(records(split([text('d,"torn\nd,1,"a"\nd,3,4\n')]))).toEqual([
        '<unbalanced-quote>',
        'd,1,"a"',
        'd,3,4',
      ]);
    });

    it('costs its own line only, after too many line breaks', () => {
      const rows = Array.from({ length: MAX_LINE_BREAKS + 3 }, (_, n) => `d,${n},x`);
      const pieces = split([text(['d,"torn', ...rows, ''].join('\n'))]);
      expect(records(pieces)).toEqual(['<unbalanced-quote>', ...rows]);
      expect(pieces[0]).toMatchObject({ offset: 0, length: 8, bytes: text('d,"torn') });
    });

    it('costs its own line only, at the end of a finished file', () => {
      expect(records(split([text('d,"torn\nd,1,2\nd,3')]))).toEqual(['<truncated-tail>', 'd,1,2', 'd,3']);
    });

    it('costs its own line only, when the record grows too long', () => {
      const long = `d,1,${'x'.repeat(MAX_RECORD_BYTES / 2)}`;
      const pieces = split([text(['d,"torn', long, long, long, ''].join('\n'))]);
      expect(records(pieces)).toEqual(['<unbalanced-quote>', long, long, long]);
    });

    it('lines that are no row are set aside until one is', () => {
      const filler = Array.from({ length: MAX_LINE_BREAKS + 1 }, () => 'd,1,2');
      const pieces = split([text(['d,"torn', 'rest of a row', 'x,1,2', ...filler, ''].join('\n'))]);
      expect(records(pieces)).toEqual(['<unbalanced-quote>', '<resync>', '<resync>', ...filler]);
    });
  });

  it('a line without end is skipped with only its beginning in memory', () => {
    const splitter = new RecordSplitter(0, isRow);
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    for (let n = 0; n < 8; n++) {
      splitter.push(megabyte);
      expect(drain(splitter)).toEqual([]);
    }
    expect(splitter.offset).toBe(0);
    splitter.push(text('\nd,1,2\n'));
    const pieces = drain(splitter);
    expect(pieces).toMatchObject([
      { kind: 'bad', reason: 'too-long', offset: 0, length: 8 * 1024 * 1024 + 1 },
      { kind: 'record', offset: 8 * 1024 * 1024 + 1 },
    ]);
    expect(pieces[0]?.bytes.length).toBe(64 * 1024);
  });

  it('gives the same pieces however the bytes are cut, and covers every byte', () => {
    const grain = fc.constantFrom(
      'd,1,2',
      ',',
      '"',
      '""',
      '\r\n',
      '\n',
      '\r',
      'd,"',
      'x',
      'é',
      '\ufeff',
      't,a,b\n',
    );
    fc.assert(
      fc.property(
        fc.array(grain, { maxLength: 300 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.nat(),
        (grains, cuts, ways) => {
          const bytes = Buffer.from(grains.join(''));
          const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
            (a, b) => a - b,
          );
          const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
          const whole = split([bytes]);
          expect(split(chunks, { write: (chunk) => (ways >> (chunk % 31)) % 2 === 1 })).toEqual(whole);
          const bom = bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
          let expected = bom;
          for (const piece of whole) {
            expect(piece.offset).toBe(expected);
            expected += piece.length;
          }
          expect(expected).toBe(bytes.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('ends a record where RFC 4180 ends it', () => {
    const grain = fc.constantFrom(
      'd,1',
      ',',
      '"',
      '""',
      '",',
      ',"',
      '\r\n',
      '\n',
      'x',
      'é',
      '"a, b"',
      ',"c"',
    );
    fc.assert(
      fc.property(fc.array(grain, { minLength: 1, maxLength: 40 }), (grains) => {
        const input = `${grains.join('')}\n`;
        const expected = plainly(input);
        fc.pre(expected !== undefined);
        expect(records(split([text(input)]))).toEqual(expected);
      }),
      { numRuns: 5_000 },
    );
  });
});

/** The records of a text, character by character; `undefined` when a quote is left open, or closes wrongly behind a line break. */
function plainly(input: string): string[] | undefined {
  const found: string[] = [];
  let record = '';
  let at: 'start' | 'bare' | 'quoted' | 'closed' = 'start';
  for (const character of input) {
    if (character === '\n' && at !== 'quoted') {
      found.push(record.replace(/\r$/, ''));
      record = '';
      at = 'start';
      continue;
    }
    record += character;
    if (at === 'quoted') at = character === '"' ? 'closed' : 'quoted';
    else if (at === 'closed' && character === '"') at = 'quoted';
    else if (character === ',') at = 'start';
    else if (at === 'closed' && character !== '\r' && record.includes('\n')) return undefined;
    else if (at === 'closed' && character === '\r') at = 'closed';
    else at = at === 'start' && character === '"' ? 'quoted' : 'bare';
  }
  return record === '' ? found : undefined;
}
