import { matchesPattern } from './pattern.js';

/** An entry of the suppression list. */
export interface Suppression {
  /** 0: for the whole installation. */
  readonly userId: number;
  /** An address or a pattern, in lower case. */
  readonly entry: string;
  readonly isPattern: boolean;
}

/**
 * Whether an account may not write to an address, in any letter case: because of an entry of the installation or of the account
 * itself, never because of another account's.
 */
export function suppressedBy(
  suppressions: readonly Suppression[],
): (userId: number, address: string) => boolean {
  const addresses = new Set<string>();
  const patterns = new Map<number, string[]>();
  for (const { userId, entry, isPattern } of suppressions) {
    if (!isPattern) addresses.add(keyOf(userId, entry));
    else patterns.set(userId, [...(patterns.get(userId) ?? []), entry]);
  }
  return (userId, address) => {
    const folded = address.toLowerCase();
    return [0, userId].some(
      (scope) =>
        addresses.has(keyOf(scope, folded)) ||
        (patterns.get(scope) ?? []).some((pattern) => matchesPattern(pattern, folded)),
    );
  };
}

const keyOf = (userId: number, address: string) => `${userId} ${address}`;
