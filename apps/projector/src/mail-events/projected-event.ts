import { decodeMailEvent, type MailEvent } from '#contracts/mail-events/mail-event';
import { toDocument, type EventDocument } from '#contracts/search/event-document';
import { indexAlias, userIndexPattern } from '#contracts/search/event-index';

/** What becomes of one message: the document and the alias of the UTC day that holds it. */
export interface ProjectedEvent {
  readonly id: string;
  readonly alias: string;
  readonly document: EventDocument;
  /** The other day's alias that may hold the same event; undefined away from midnight. */
  readonly neighbour: string | undefined;
  /** Pattern of all days of the user, for an event that was published late; else undefined. */
  readonly days: string | undefined;
}

/** Why a message can never become a document, in words for the dead-letter topic. */
export interface Unprojectable {
  readonly unprojectable: string;
}

/**
 * How far from a UTC midnight an event is also looked for on the other side of it.
 *
 * A mail that was injected twice after a crash makes two accounting rows of one event: same id, two times. On one
 * day the id alone keeps them one document; on two days they would lie in two indices. The second injection
 * follows within minutes, so an hour is plenty, and for the other 22 hours of the day the look-up costs nothing.
 * Whichever is read first stays: one event has one immutable time.
 */
const MIDNIGHT_MARGIN_MS = 60 * 60 * 1_000;

/**
 * An event that was published this long after it happened is looked for on all days of its user. It comes from an
 * accounting row that was read late or again, and its twin may lie on any day. In the ordinary flow, and in the backlog
 * of an outage of ours, events were published within seconds, so that the look-up costs nothing there.
 */
const LATE_MS = 60 * 60 * 1_000;

/** Times outside are garbage from a broken clock; each would make an index of its own. */
const FIRST_TIME = Date.UTC(2000, 0, 1);
const LAST_TIME = Date.UTC(2100, 0, 1);

/**
 * Pure: the same message always gives the same document in the same index.
 * @param publishedAt unix milliseconds at which Kafka got the message
 */
export function projectMessage(value: Buffer | null, publishedAt: number): ProjectedEvent | Unprojectable {
  if (value === null) return { unprojectable: 'the message has no value' };
  let event: MailEvent;
  try {
    event = decodeMailEvent(value);
  } catch (error) {
    return { unprojectable: `undecodable: ${error instanceof Error ? error.message : String(error)}` };
  }
  const fault = faultOf(event);
  if (fault !== undefined) return { unprojectable: fault };
  const { id, userId, loggedAt } = event;
  const alias = indexAlias(userId, loggedAt);
  const late = publishedAt - loggedAt > LATE_MS;
  const neighbour = [loggedAt - MIDNIGHT_MARGIN_MS, loggedAt + MIDNIGHT_MARGIN_MS]
    .map((time) => indexAlias(userId, time))
    .find((other) => !late && other !== alias);
  const days = late ? userIndexPattern(userId) : undefined;
  return { id, alias, neighbour, days, document: toDocument(event) };
}

function faultOf({ id, userId, loggedAt }: MailEvent): string | undefined {
  if (!Number.isSafeInteger(userId) || userId <= 0) return `no tenant: user-id is ${userId}`;
  if (id === '') return 'the event has no id';
  if (!(loggedAt >= FIRST_TIME && loggedAt < LAST_TIME))
    return `impossible event time: logged-at is ${loggedAt}`;
  return undefined;
}
