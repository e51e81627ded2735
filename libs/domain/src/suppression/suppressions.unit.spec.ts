import { describe, expect, it } from '@jest/globals';
import { suppressedBy } from './suppressions.js';

const isSuppressed = suppressedBy([
  { userId: 0, entry: 'all@inbox.example', isPattern: false },
  { userId: 0, entry: '*@closed.example', isPattern: true },
  { userId: 1, entry: 'one@inbox.example', isPattern: false },
  { userId: 1, entry: 'abuse@*', isPattern: true },
  { userId: 1, entry: 'sales@*', isPattern: true },
  { userId: 12, entry: 'twelve@inbox.example', isPattern: false },
  { userId: 12, entry: 'li*teral@inbox.example', isPattern: false },
]);

describe('suppression', () => {
  it.each([
    ['an address of the installation', 7, 'All@Inbox.Example'],
    ['a pattern of the installation', 7, 'Ann@CLOSED.example'],
    ['an address of the account', 1, 'ONE@inbox.example'],
    ['the first pattern of the account', 1, 'abuse@inbox.example'],
    ['a further pattern of the account', 1, 'Sales@inbox.example'],
  ])('holds for %s', (_what, userId, address) => {
    expect(isSuppressed(userId, address)).toBe(true);
  });

  it.each([
    ['an address that is not listed', 1, 'ann@inbox.example'],
    ['an address of another account', 12, 'one@inbox.example'],
    ['an address of an account whose number begins alike', 1, 'twelve@inbox.example'],
    ['a pattern of another account', 12, 'abuse@inbox.example'],
    ['an address with a star that is no pattern', 12, 'literal@inbox.example'],
  ])('does not hold for %s', (_what, userId, address) => {
    expect(isSuppressed(userId, address)).toBe(false);
  });
});
