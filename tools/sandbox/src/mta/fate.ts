/** What becomes of a recipient. `reject` and `tempfail` are decided while the mail is handed in. */
export type Fate =
  'deliver' | 'bounce' | 'full' | 'spam' | 'defer' | 'late' | 'complain' | 'reject' | 'tempfail';

/** What one accounting row reports; `rows.ts` says what each looks like. */
export type Outcome =
  | 'received'
  | 'delivered'
  | 'unknown-mailbox'
  | 'mailbox-full-yet'
  | 'mailbox-full'
  | 'spam-refused'
  | 'queue-down'
  | 'greylisted'
  | 'bounced-later'
  | 'complained';

/** One row to come: `afterMs` milliseconds after the mail was accepted. */
export interface Step {
  outcome: Outcome;
  afterMs: number;
}

const BY_PREFIX: readonly Fate[] = [
  'bounce',
  'full',
  'spam',
  'defer',
  'late',
  'complain',
  'reject',
  'tempfail',
];

/** The fate that the local part of `address` begins with, whatever its letter case; otherwise `deliver`. */
export function fateOf(address: string): Fate {
  const lower = address.toLowerCase();
  return BY_PREFIX.find((prefix) => lower.startsWith(prefix)) ?? 'deliver';
}

/**
 * The rows that a recipient gets, in order of time. A delivery takes 0.7 to 3.3 times `unitMs`; each retry, a late
 * bounce and a complaint take several.
 *
 * @param random a number from 0 (included) to 1 (excluded), which spreads the first step.
 */
export function stepsOf(fate: Exclude<Fate, 'reject'>, unitMs: number, random: number): Step[] {
  const first = 0.7 + 2.6 * random;
  const at = (outcome: Outcome, units: number): Step => ({ outcome, afterMs: Math.round(units * unitMs) });
  const received = at('received', 0);
  switch (fate) {
    case 'deliver':
    case 'tempfail':
      return [received, at('delivered', first)];
    case 'bounce':
      return [received, at('unknown-mailbox', first)];
    case 'spam':
      return [received, at('spam-refused', first)];
    case 'full':
      return [
        received,
        at('mailbox-full-yet', first),
        at('mailbox-full-yet', first + 3),
        at('mailbox-full', first + 6),
      ];
    case 'defer':
      return [
        received,
        at('queue-down', first),
        at('greylisted', first + 2),
        at('greylisted', first + 4),
        at('delivered', first + 6),
      ];
    case 'late':
      return [received, at('delivered', first), at('bounced-later', first + 14)];
    case 'complain':
      return [received, at('delivered', first), at('complained', first + 7)];
  }
}
