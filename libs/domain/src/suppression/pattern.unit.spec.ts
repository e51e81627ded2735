import { describe, expect, it } from '@jest/globals';
import { isUsablePattern, matchesPattern } from './pattern.js';

describe('a suppression pattern', () => {
  it.each([
    ['*@example.com', 'ann@example.com'],
    ['ann@*', 'ann@example.org'],
    ['ann+*@example.com', 'ann+@example.com'],
    ['*@*.example.com', 'ann@mail.example.com'],
    ['**@example.com', 'ann@example.com'],
    ['*spam*trap*', 'a-spam-b-trap@example.com'],
    ['a*a', 'aa'],
  ])('%s matches %s', (pattern, address) => {
    expect(matchesPattern(pattern, address)).toBe(true);
  });

  it.each([
    ['*@example.com', 'ann@example.com.org'],
    ['*@example.com', 'ann@mail-example.com'],
    ['*@*.example.com', 'ann@example.com'],
    ['ann@*', 'joann@example.org'],
    ['*spam*trap*', 'trap-spam@example.com'],
    ['a*a', 'a'],
    ['*b*b', 'ab'],
    ['ann.@*', 'annx@example.com'],
    ['ann@example.com', 'ann@example.co'],
  ])('%s does not match %s', (pattern, address) => {
    expect(matchesPattern(pattern, address)).toBe(false);
  });

  it('comes to an end with many stars: trying every split would not', () => {
    expect(matchesPattern(`${'*a'.repeat(100)}*bc`, `${'a'.repeat(252)}b`)).toBe(false);
    expect(matchesPattern(`${'*a'.repeat(100)}*c*b`, `${'a'.repeat(252)}b`)).toBe(false);
  });

  it.each(['*@example.com', 'a*', '*.1'])('may be %s', (pattern) => {
    expect(isUsablePattern(pattern)).toBe(true);
  });

  it.each(['ann@example.com', '*', '*@*', '*@*.*', 'a b*', '*@é.com', 'a@b@*', `${'a'.repeat(254)}*`])(
    'may not be %s',
    (pattern) => {
      expect(isUsablePattern(pattern)).toBe(false);
    },
  );
});
