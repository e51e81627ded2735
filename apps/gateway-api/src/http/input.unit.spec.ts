import { describe, expect, it } from '@jest/globals';
import { any, count, flag, id, text } from '#contracts/http/parameters';
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
