import { describe, expect, it } from '@jest/globals';
import { any, count, flag, id, text } from '#contracts/http/parameters';
import Type from 'typebox';
import { compileInput } from './input.js';

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
    ['Description', 1],
    ['DomainID', 2],
  ],
  { StartFrom: 4 },
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
    'answers all required codes in check order for %p',
    (value) => {
      expect(read(given({ domainid: value, description: value }))).toEqual({ refused: [1, 2] });
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
    expect(read(given({ domainid: 1, description: { a: 1 } }))).toEqual({ refused: [1] });
  });

  it.each([['-1'], ['abc'], [1.5], [{}]])(
    'answers the code of a parameter whose value %p is not understood',
    (value) => {
      expect(read(given({ domainid: 1, description: 'x', startfrom: value }))).toEqual({ refused: 4 });
    },
  );

  it('takes an empty optional value as absent', () => {
    expect(read(given({ domainid: 1, description: 'x', startfrom: '' }))).toEqual({
      input: { DomainID: 1, Description: 'x' },
    });
  });

  it('refuses declarations that contradict themselves', () => {
    expect(() => compileInput('c', schema, [['Description', 1]], {})).toThrow(
      'DomainID is required but has no code',
    );
    expect(() => compileInput('c', Type.Object({ A: Type.String() }), [['A', 1]], {})).toThrow(
      'A has no kind',
    );
    expect(() => compileInput('c', schema, [['Nope', 1]], {})).toThrow('Nope is not in the schema');
  });
});
