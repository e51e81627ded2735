import type { BounceType } from '#contracts/mail-events/mail-event';

/**
 * PowerMTA bounce category to bounce type. Data with a version, because installations may define categories of their own
 * and public mappings disagree: a change is a new version, to be told to people who read the statistics.
 *
 * hard = the address will not work again; soft = it may work later or the fault is elsewhere; block = refused for content,
 * policy or reputation.
 */
export const BOUNCE_CATEGORIES: {
  readonly version: number;
  readonly types: Readonly<Record<string, BounceType>>;
} = {
  version: 1,
  types: {
    'bad-mailbox': 'hard',
    'bad-domain': 'hard',
    'inactive-mailbox': 'hard',
    'routing-errors': 'soft',
    'quota-issues': 'soft',
    'message-expired': 'soft',
    'no-answer-from-host': 'soft',
    'bad-connection': 'soft',
    'bad-configuration': 'soft',
    'protocol-errors': 'soft',
    'spam-related': 'block',
    'policy-related': 'block',
    'content-related': 'block',
    'virus-related': 'block',
    'invalid-sender': 'block',
    'relaying-issues': 'block',
  },
};

/** PowerMTA's have a word or two; a cell may have a megabyte. */
const LONGEST_CATEGORY = 100;

/**
 * @param bounceCat PowerMTA's category in any case, with spaces or hyphens. `other`, an empty or an unknown one is decided
 *   by the status.
 * @param enhancedCode RFC 3463 status; empty = not known.
 * @param code SMTP reply code, asked when there is no status. Without either the bounce is soft: nothing says that the
 *   address is bad.
 */
export function classifyBounce(
  bounceCat: string,
  enhancedCode: string,
  code: number | null,
): { type: BounceType; category: string } {
  const { category, type } = bounceCategory(bounceCat);
  return { type: type ?? typeOfStatus(enhancedCode.charAt(0) || String(code ?? '').charAt(0)), category };
}

/** The category in the one form that is shown, and its type when it is one of PowerMTA's. */
export function bounceCategory(bounceCat: string): { category: string; type: BounceType | undefined } {
  const category =
    bounceCat
      .slice(0, LONGEST_CATEGORY)
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, '-') || 'other';
  const { types } = BOUNCE_CATEGORIES;
  return { category, type: Object.hasOwn(types, category) ? types[category] : undefined };
}

/** @param statusClass first digit of the status */
export function typeOfStatus(statusClass: string): BounceType {
  return statusClass === '5' ? 'hard' : 'soft';
}
