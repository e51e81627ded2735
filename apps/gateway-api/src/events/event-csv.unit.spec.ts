import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { eventCsv, type CsvEvent } from './event-csv.js';

const event = (change: Partial<CsvEvent['message']['headers']> = {}, domain = 'example.org'): CsvEvent => ({
  'logged-at': '2026-01-31T18:42:11.999Z',
  event: 'bounced',
  'message-id': 'bb1a701c-dcf0-4948-81eb-62726da0d67d',
  message: {
    headers: {
      from: 'sender@apex.com',
      to: 'Jane <jane@example.org>',
      subject: 'Welcome to Apex',
      ...change,
    },
    'to-domain': domain,
  },
  'delivery-status': { code: 550 },
});

async function* pagesOf(...pages: CsvEvent[][]) {
  yield* pages;
}

async function csv(...pages: CsvEvent[][]): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of eventCsv(pagesOf(...pages))) pieces.push(piece);
  return pieces;
}

const HEAD = '\uFEFFTime,Event,MessageID,From,To,Subject,Domain,SMTPCode\n';

describe('the file', () => {
  it('has a byte order mark, the header row, and a row per event', async () => {
    expect(await csv([event()])).toEqual([
      `${HEAD}2026-01-31T18:42:11Z,bounced,bb1a701c-dcf0-4948-81eb-62726da0d67d,sender@apex.com,Jane <jane@example.org>,Welcome to Apex,example.org,550\n`,
    ]);
  });
  it('comes in one piece per page, the header row in the first only', async () => {
    const [first = '', second = '', ...more] = await csv([event(), event()], [event()]);
    expect(more).toEqual([]);
    expect([first.startsWith(HEAD), first.split('\n').length]).toEqual([true, 4]);
    expect([second.startsWith('2026-'), second.split('\n').length]).toEqual([true, 2]);
  });
  it('is the header row alone without events', async () => {
    expect(await csv()).toEqual([HEAD]);
    expect(await csv([])).toEqual([HEAD]);
  });
  it('leaves cells empty for what is not known', async () => {
    const { 'delivery-status': _status, ...bare } = event();
    const message = { headers: {}, 'to-domain': '' };
    expect((await csv([{ ...bare, message }])).join('').slice(HEAD.length)).toBe(
      '2026-01-31T18:42:11Z,bounced,bb1a701c-dcf0-4948-81eb-62726da0d67d,,,,,\n',
    );
  });
});

describe('a cell', () => {
  const subjectCell = async (subject: string) => {
    const line = (await csv([event({ subject })])).join('').slice(HEAD.length);
    return line.slice(line.indexOf('Jane <jane@example.org>,') + 24, line.lastIndexOf(',example.org'));
  };
  it.each([
    ['plain text', 'plain text'],
    ['with space ', 'with space '],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\rlines', '"two\rlines"'],
    ['=1+1', "'=1+1"],
    ['+49 30', "'+49 30"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\r=x', '"\'\r=x"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['a=1', 'a=1'],
    [' =1', ' =1'],
    ["'=1", "'=1"],
    ['Grüße 👋', 'Grüße 👋'],
  ])('of %j is %j', async (subject, expected) => {
    expect(await subjectCell(subject)).toBe(expected);
  });
  it.each(['from', 'to', 'subject'] as const)('is made harmless in %s', async (name) => {
    expect((await csv([event({ [name]: '=1' })])).join('')).toContain(",'=1,");
  });
  it('is made harmless in the domain and the message id', async () => {
    const hostile = { ...event({}, '+evil'), 'message-id': '@x' };
    expect((await csv([hostile])).join('')).toMatch(/,'@x,.*,'\+evil,/);
  });
});

it('is read back by a CSV reader as it was written', async () => {
  const texts = ['a,"b"\r\n\n', '"', '""', ',', 'x\ry', 'ünï,"cödé"', ' '];
  const text = (await csv(texts.map((subject) => event({ subject })))).join('');
  const rows: string[][] = parse(text, { bom: true, record_delimiter: '\n' });
  expect(rows.slice(1).map(([, , , , , subject]) => subject)).toEqual(texts);
});
