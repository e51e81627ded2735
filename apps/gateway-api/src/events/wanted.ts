import { canonicalEvents } from '#contracts/mail-events/vocabulary';
import type { Period } from '../event-search/period.js';
import type { EventFilter } from '../event-search/search-events.js';

/** Filters as a caller wrote them. Of the three texts, `null` is one that could not be understood: nothing matches it. */
export interface EventsWanted {
  readonly userId: number;
  /** One domain of the user; absent for all. */
  readonly domainId?: number;
  readonly period: Period;
  /** Name or alias. */
  readonly event?: string | null;
  /** In any letter case; ids are stored in lower case. */
  readonly messageId?: string | null;
  /** Ignored when there is a `messageId`. */
  readonly words?: string | null;
}

/** What to search for; `undefined` when nothing can match. */
export function eventFilter(wanted: EventsWanted): EventFilter | undefined {
  const { userId, domainId, period, event = '', messageId = '', words = '' } = wanted;
  const isByMessage = messageId === null || messageId.trim() !== '';
  if (event === null || messageId === null || (words === null && !isByMessage)) return undefined;
  return {
    userId,
    period,
    ...(domainId === undefined ? {} : { domainId }),
    ...(event.trim() === '' ? {} : { events: canonicalEvents(event) }),
    ...(isByMessage ? { messageId: messageId.trim().toLowerCase() } : {}),
    ...(words === null || words.trim() === '' || isByMessage ? {} : { words: words.trim() }),
  };
}

/** Empty and `0` mean all domains; anything that is no id is an id that nothing has. */
export function givenDomain(text: string | undefined): number | undefined {
  const written = (text ?? '').trim();
  if (written === '' || written === '0') return undefined;
  return /^[0-9]{1,10}$/.test(written) ? Number(written) : 0;
}
