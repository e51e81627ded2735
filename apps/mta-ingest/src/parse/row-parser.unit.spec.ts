import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CsvRowParser, JsonLinesParser } from './row-parser.js';
import type { Parsed, RowParser } from './row-parser.js';
import { CsvRow } from './row.js';
import { allSamples, sampleFile } from './samples.spec.js';

function drain(parser: RowParser): Parsed[] {
  const parsed: Parsed[] = [];
  for (let next = parser.next(); next; next = parser.next()) parsed.push(next);
  return parsed;
}

function parse(
  bytes: Buffer,
  { columns = null as readonly string[] | null, finished = true } = {},
): Parsed[] {
  const parser = new CsvRowParser(0, columns);
  parser.push(bytes);
  if (finished) parser.end();
  return drain(parser);
}

/** What a piece says, wherever its bytes lie. */
function plain(parsed: Parsed): unknown {
  if (parsed.kind === 'bad') return { ...parsed, bytes: parsed.bytes.toString('latin1') };
  if (parsed.kind !== 'row') return parsed;
  const { offset, length, bytes, row } = parsed;
  const cells = row instanceof CsvRow && { columns: row.header.columns, texts: row.cells.texts() };
  return { offset, length, bytes: bytes.toString('latin1'), type: row.type, flags: row.flags, cells };
}

const rowsOf = (parsed: readonly Parsed[]) =>
  parsed.flatMap((each) => (each.kind === 'row' ? [each.row] : []));
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const NARROW = 'type,timeLogged,orig,rcpt,dlvSourceIp,bounceCat\r\n';
/** What one line after the narrow header becomes. */
function lineOf(line: string): Parsed | undefined {
  return parse(latin1(NARROW + line)).at(1);
}

describe('CSV rows', () => {
  it('reads the usual columns, quotes and UTF-8', () => {
    const rows = rowsOf(parse(sampleFile('deliveries')));
    expect(rows.map(({ type }) => type).join(' ')).toBe('d d d b b b b b b t t b b b d');
    expect(rows.every(({ flags }) => flags.length === 0)).toBe(true);
    expect(rows[0]?.get('dlvesmtpavailable')).toBe('8BITMIME,SIZE,STARTTLS');
    expect(rows[0]?.get('envid')).toBe('e-000001');
    expect(rows[6]?.get('dsndiag')).toBe(
      'smtp;552 Requested mail action aborted: mailbox "full" is over quota, size=104857600',
    );
    expect(rows[11]?.get('rcpt')).toBe('josé@correo.example');
    expect(rows[12]?.get('rcpt')).toBe('"odd,local"@corp.example');
    expect(rows[13]?.get('orig')).toBe('');
  });

  it('takes each header line from where it stands', () => {
    const parsed = parse(allSamples());
    expect(parsed.filter(({ kind }) => kind === 'header')).toHaveLength(8);
    expect(parsed.filter(({ kind }) => kind === 'bad')).toEqual([]);
    const rows = rowsOf(parsed);
    expect(rows.map(({ type }) => type).join(' ')).toBe(
      'd d d b b b b b b t t b b b d tq tq r r rb rb rs rs f f f d b d d r f',
    );
    expect(rows.find(({ type }) => type === 'tq')?.get('queue')).toBe('bücher.example/mta-a');
    expect(rows.filter(({ type }) => type === 'r')[1]?.get('srctype')).toBe('api');
    expect(
      rows
        .filter(({ type }) => type === 'd')
        .at(-1)
        ?.get('header_x-sp-message-id'),
    ).toBe('0000123456789abcdef0');
  });

  it('a column that is there twice gives its first cell that is not empty', () => {
    const [first, second] = rowsOf(parse(sampleFile('feedback')));
    expect(first?.get('header_subject')).toBe('Spring sale, 20% off');
    expect(first?.get('arf_authentication-results')).toBe(
      '"mx.inbox.example; spf=pass","mx.inbox.example; dkim=pass"',
    );
    expect(second?.get('rcpt')).toBe('<lee@outlook.example>');
    const union = rowsOf(parse(sampleFile('otherHeaders'))).at(-1);
    expect(union?.get('header_x-job')).toBe('');
    expect(rowsOf(parse(latin1('type,A,b,a\nd,,1,2\n')))[0]?.get('a')).toBe('2');
  });

  describe('byte by byte', () => {
    it('a line break inside quotes is part of the cell', () => {
      expect(
        rowsOf([lineOf('b,1709630110,n@b.sender.example,"a\r\nb@x.example",,other\r\n')!])[0]?.get('rcpt'),
      ).toBe('a\r\nb@x.example');
    });
    it('bytes that are no UTF-8 are flagged, the row is read', () => {
      const parsed = lineOf('b,1709630111,n@b.sender.example,jos\xe9@x.example,,bad-mailbox\r\n');
      expect(parsed).toMatchObject({ kind: 'row', row: { flags: ['invalid-utf8'] } });
      expect(rowsOf([parsed!])[0]?.get('rcpt')).toBe('jos\ufffd@x.example');
    });
    it('a byte order mark before the header is no part of it', () => {
      const parsed = parse(latin1(`\xef\xbb\xbf${NARROW}d,1,2,3,4,5\r\n`));
      expect(parsed.map(({ kind }) => kind)).toEqual(['header', 'row']);
    });
    it('a live tail without line ending waits', () => {
      const tail = 'd,1709630112,n@b.sender.example,ana@inbox.exa';
      expect(parse(latin1(NARROW + tail), { finished: false })).toHaveLength(1);
      expect(lineOf(tail)).toMatchObject({ kind: 'bad', reason: 'truncated-tail', offset: NARROW.length });
    });
    it('the last row of a finished file needs no line ending when it is whole', () => {
      expect(lineOf('d,1709630112,n@b.sender.example,ana@inbox.example,,')).toMatchObject({ kind: 'row' });
    });
    it('a header in mid-file counts from there on', () => {
      const second = 'type,timeLogged,orig,rcpt,dlvSourceIp,bounceCat,jobId\r\n';
      const row = 'd,1709630113,n@b.sender.example,ana@inbox.example,198.51.100.21,,camp-1\r\n';
      const parsed = parse(latin1(NARROW + second + row));
      expect(parsed.map(({ kind }) => kind)).toEqual(['header', 'header', 'row']);
      expect(rowsOf(parsed)[0]?.get('jobid')).toBe('camp-1');
    });
    it('a short row is padded, a long one keeps what the header names; both are flagged', () => {
      expect(lineOf('d,1709630114,n@b.sender.example\r\n')).toMatchObject({
        kind: 'row',
        row: { flags: ['short-row'] },
      });
      const long = lineOf('d,1709630114,n@b.sender.example,a@x.example,,,extra\r\n');
      expect(long).toMatchObject({ kind: 'row', row: { flags: ['long-row'] } });
    });
    it('an unknown type of the right shape is a row, anything else is garbage', () => {
      expect(lineOf('x,1709630115,n@b.sender.example,ana@inbox.example,,\r\n')).toMatchObject({
        kind: 'row',
        row: { type: 'x' },
      });
      for (const line of [
        'x,1709630115\r\n',
        'not a row\r\n',
        '\x00\xff\xfe\r\n',
        'D,1,2,3,4,5\r\n',
        ',1,2,3,4,5\r\n',
      ]) {
        expect(lineOf(line)).toMatchObject({
          kind: 'bad',
          reason: 'garbage',
          offset: NARROW.length,
          length: line.length,
        });
      }
    });
    it('a blank line is skipped', () => {
      expect(lineOf('\r\n')).toMatchObject({ kind: 'blank', length: 2 });
    });
    it('a bare quote is text, flagged', () => {
      const parsed = lineOf('d,1709630116,n@b.sender.example,a"b@x.example,198.51.100.21,\n');
      expect(parsed).toMatchObject({ kind: 'row', row: { flags: ['lax-quote'] } });
      expect(rowsOf([parsed!])[0]?.get('rcpt')).toBe('a"b@x.example');
    });
  });

  it('rows before any header are set aside, unless the header is known from before', () => {
    const row = latin1('d,1709630112,n@b.sender.example,ana@inbox.example,,\n');
    expect(parse(row)).toMatchObject([{ kind: 'bad', reason: 'no-header' }]);
    expect(parse(row, { columns: NARROW.trim().split(',') })).toMatchObject([{ kind: 'row' }]);
  });

  it('gives the same rows however the bytes are cut, torn rows among them', () => {
    const samples = allSamples();
    const torn = fc.array(
      fc.tuple(fc.nat(samples.length), fc.nat(60), fc.constantFrom('', '"', '\n', '\r\n', ',', 'd,')),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(torn, fc.array(fc.nat(), { maxLength: 30 }), fc.boolean(), (wounds, cuts, write) => {
        let bytes = samples;
        for (const [at, length, filler] of wounds) {
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(filler), bytes.subarray(at + length)]);
        }
        const whole = parse(bytes);
        const places = [
          0,
          ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
          bytes.length,
        ];
        const parser = new CsvRowParser(0, null);
        const pieces = places.slice(1).flatMap((place, index) => {
          const chunk = bytes.subarray(places[index], place);
          if (write) {
            chunk.copy(parser.room(chunk.length));
            parser.filled(chunk.length);
          } else parser.push(chunk);
          return drain(parser).map(plain);
        });
        parser.end();
        expect([...pieces, ...drain(parser).map(plain)]).toEqual(whole.map(plain));
        expect(whole.reduce((sum, { length }) => sum + length, 0)).toBe(bytes.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('JSON rows', () => {
  it('reads one flat object per line and sets aside what is none', () => {
    const parser = new JsonLinesParser(0);
    parser.push(
      Buffer.from(
        '{"type":"t","timeLogged":"2024-03-05 09:15:10+0000","rcpt":"pat@isp.example","dlvSize":"","header_x-job":"camp-1"}\n' +
          '{"type":"d","dlvSize":17,"envId":null}\r\n\n{"type":"d"\n["d"]\n{"rcpt":"a"}\n{"type":"d","rcpt":"a"}',
      ),
    );
    parser.end();
    const parsed = drain(parser);
    expect(parsed.map((each) => (each.kind === 'bad' ? each.reason : each.kind))).toEqual([
      'row',
      'row',
      'blank',
      'bad-json',
      'bad-json',
      'bad-json',
      'row',
    ]);
    const [first, second] = rowsOf(parsed);
    expect([first?.type, first?.get('rcpt'), first?.get('dlvsize'), first?.get('header_x-job')]).toEqual([
      't',
      'pat@isp.example',
      '',
      'camp-1',
    ]);
    expect([second?.get('dlvsize'), second?.get('envid')]).toEqual(['17', '']);
  });

  it('sets aside a value that is nested beyond what can be written, and goes on', () => {
    const parser = new JsonLinesParser(0);
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    parser.push(Buffer.from(`{"type":"d","x":${deep}}\n{"type":"d","rcpt":"a"}\n`));
    expect(drain(parser).map((each) => (each.kind === 'bad' ? each.reason : each.kind))).toEqual([
      'bad-json',
      'row',
    ]);
  });
});
