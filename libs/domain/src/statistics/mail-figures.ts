import { percentage } from './rounding.js';

/** What happened to the mail of a period. An event counts in the period of the event, however old its message is. */
export interface MailFigures {
  /** Messages taken for a recipient (`accepted-by-oempro`). */
  readonly sent: number;
  readonly delivered: number;
  /** Hard, soft and block, also those that arrive after the delivery. */
  readonly bounced: number;
  /** Distinct messages, however often each was opened. */
  readonly opened: number;
  /** Distinct messages, however often and wherever each was clicked. */
  readonly clicked: number;
}

export const NO_MAIL: MailFigures = { sent: 0, delivered: 0, bounced: 0, opened: 0, clicked: 0 };

export function sumOf(all: Iterable<MailFigures>): MailFigures {
  let { sent, delivered, bounced, opened, clicked } = NO_MAIL;
  for (const figures of all) {
    sent += figures.sent;
    delivered += figures.delivered;
    bounced += figures.bounced;
    opened += figures.opened;
    clicked += figures.clicked;
  }
  return { sent, delivered, bounced, opened, clicked };
}

/**
 * Shares of the messages sent, in percent with two decimals; all 0 when nothing was sent. Events of older messages can
 * lift them above 100.
 */
export function ratesOf({ sent, delivered, bounced, opened, clicked }: MailFigures) {
  return {
    delivery: percentage(delivered, sent),
    bounce: percentage(bounced, sent),
    open: percentage(opened, sent),
    click: percentage(clicked, sent),
  };
}

/** Messages that came in and have no outcome yet; refusals at the door have an outcome without having come in. */
export function stillSending({
  total,
  sent,
  failed,
}: {
  total: number;
  sent: number;
  failed: number;
}): number {
  return Math.max(0, total - sent - failed);
}
