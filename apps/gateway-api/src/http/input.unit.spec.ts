import { describe, expect, it } from '@jest/globals';
import { any, count, exactFlag, filter, flag, id, label, text, toggle } from '#contracts/http/parameters';
import Type from 'typebox';
import { compileInput } from './input.js';

const noDescription = { code: 1, text: 'Description is missing', status: 422 };
const noDomain = { code: 2, text: 'DomainID is missing', status: 422 };
const badStart = { code: 4, text: 'StartFrom is invalid', status: 422 };

const schema = Type.Object({
  DomainID: id('domain'),
  Description: text('label'),
  StartFrom: Type.Optional(count('start')),
  LinkTracking: Type.Optional(flag('tracking')),
  From: Type.Optional(any('sender')),
});
const read = compileInput(
  'test.command',
  schema,
  [
    ['Description', noDescription],
    ['DomainID', noDomain],
  ],
  { StartFrom: badStart },
);
const given = (values: Record<string, unknown>) => new Map<string, unknown>(Object.entries(values));

describe('reading request parameters', () => {
  it('brings form and JSON spellings into the declared types', () => {
    const from = { name: 'a' };
    const expected = { DomainID: 12, Description: '5', StartFrom: 0, LinkTracking: true, From: from };
    expect(
      read(given({ domainid: '12', description: 5, startfrom: '0', linktracking: 'TRUE', from })),
    ).toEqual({ input: expected });
    expect(read(given({ domainid: 12, description: '5', startfrom: 0, linktracking: 1, from }))).toEqual({
      input: expected,
    });
  });

  it.each([[undefined], [null], [''], ['  ']])(
    'answers all missing parameters in check order for %p',
    (value) => {
      expect(read(given({ domainid: value, description: value }))).toEqual({
        refused: [noDescription, noDomain],
      });
    },
  );

  it.each([['7abc'], ['1e3'], ['-1'], [-1], [1.5], [{}], [[]], [true], ['99999999999999999']])(
    'takes the id %p as the id that nothing has',
    (value) => {
      expect(read(given({ domainid: value, description: 'x' }))).toEqual({
        input: { DomainID: 0, Description: 'x' },
      });
    },
  );

  it('counts a required text that is an object as missing', () => {
    expect(read(given({ domainid: 1, description: { a: 1 } }))).toEqual({ refused: [noDescription] });
  });

  it('takes half a character as the sign for one that is not known', () => {
    expect(read(given({ domainid: 1, description: 'half \ud83d of one, whole \ud83d\ude00' }))).toEqual({
      input: { DomainID: 1, Description: 'half \ufffd of one, whole \ud83d\ude00' },
    });
  });

  it.each([['-1'], ['abc'], [1.5], [{}]])(
    'answers the error of a parameter whose value %p is not understood',
    (value) => {
      expect(read(given({ domainid: 1, description: 'x', startfrom: value }))).toEqual({ refused: badStart });
    },
  );

  it('takes an empty optional value as absent', () => {
    expect(read(given({ domainid: 1, description: 'x', startfrom: '' }))).toEqual({
      input: { DomainID: 1, Description: 'x' },
    });
  });

  it('answers the errors of all values that are not understood in the order of the schema, each once', () => {
    const badCount = { code: 5, text: 'RetrieveCount is invalid', status: 422 };
    const page = Type.Object({
      StartFrom: Type.Optional(count('start')),
      RetrieveCount: Type.Optional(count('most')),
      Again: Type.Optional(count('as bad as the first')),
    });
    const readPage = compileInput('test.page', page, [], {
      StartFrom: badStart,
      RetrieveCount: badCount,
      Again: badStart,
    });
    expect(readPage(given({ retrievecount: 'y', startfrom: 'x', again: 'z' }))).toEqual({
      refused: [badStart, badCount],
    });
    expect(readPage(given({ retrievecount: 'y', startfrom: '' }))).toEqual({ refused: badCount });
    expect(readPage(given({ startfrom: 'x', again: 'z' }))).toEqual({ refused: badStart });
  });

  it.each([
    [undefined, {}],
    [null, {}],
    ['', { Event: '' }],
    ['open', { Event: 'open' }],
    [7, { Event: '7' }],
    [['open'], { Event: null }],
    [[], { Event: null }],
    [{ a: 'open' }, { Event: null }],
  ])('reads the filter %p as %p', (value, input) => {
    const readFilter = compileInput(
      'test.find',
      Type.Object({ Event: Type.Optional(filter('event')) }),
      [],
      {},
    );
    expect(readFilter(given({ event: value }))).toEqual({ input });
  });

  const toggled: [unknown, object][] = [
    ...['1', 1, true, 'true', 'YES', ' on '].map((value): [unknown, object] => [value, { Tracking: true }]),
    ...['0', 0, false, 'false', 'No', ' off '].map((value): [unknown, object] => [
      value,
      { Tracking: false },
    ]),
    ...['', 'x', 2, [], {}, null, undefined].map((value): [unknown, object] => [value, {}]),
  ];
  it.each(toggled)(
    'reads the toggle %p as %p: what is neither yes nor no changes nothing',
    (value, input) => {
      const readToggle = compileInput(
        'test.change',
        Type.Object({ Tracking: Type.Optional(toggle('tracking')) }),
        [],
        {},
      );
      expect(readToggle(given({ tracking: value }))).toEqual({ input });
    },
  );

  const exact: [unknown, object][] = [
    ...[1, '1', true, 'true', 'yes'].map((value): [unknown, object] => [value, { WithCounts: true }]),
    ...[0, '0', false, 'false', '', 'TRUE', 'Yes', ' 1', 'on', 2, [1], {}].map((value): [unknown, object] => [
      value,
      { WithCounts: false },
    ]),
    [undefined, {}],
  ];
  it.each(exact)('reads the exact flag %p as %p', (value, input) => {
    const readFlag = compileInput(
      'test.list',
      Type.Object({ WithCounts: Type.Optional(exactFlag('counts')) }),
      [],
      {},
    );
    expect(readFlag(given({ withcounts: value }))).toEqual({ input });
  });

  it.each([
    ['', { Subdomain: '' }],
    ['out', { Subdomain: 'out' }],
    [['out'], { Subdomain: null }],
    [null, {}],
  ])('reads the label %p as %p', (value, input) => {
    const readLabel = compileInput(
      'test.name',
      Type.Object({ Subdomain: Type.Optional(label('subdomain')) }),
      [],
      {},
    );
    expect(readLabel(given({ subdomain: value }))).toEqual({ input });
  });

  it('refuses declarations that contradict themselves', () => {
    expect(() => compileInput('c', schema, [['Description', noDescription]], {})).toThrow(
      'DomainID is required but has no error',
    );
    expect(() => compileInput('c', Type.Object({ A: Type.String() }), [['A', noDomain]], {})).toThrow(
      'A has no kind',
    );
    expect(() =>
      compileInput(
        'c',
        schema,
        [
          ['DomainID', noDomain],
          ['Description', noDescription],
          ['Nope', noDomain],
        ],
        {},
      ),
    ).toThrow('Nope is not in the schema');
  });
});
