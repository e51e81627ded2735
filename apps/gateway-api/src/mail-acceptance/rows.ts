import { mailEventId } from '#contracts/mail-events/event-id';
import { encodeMailEvent, type MailEvent } from '#contracts/mail-events/mail-event';
import { serializeMail } from '#contracts/sending/stored-mail';
import { TOPICS } from '#contracts/topics';
import type { SqlValue, Statement } from '#platform/database/database';
import { type OutboxMessage, outboxInserts } from '#platform/outbox/outbox';
import type { EnvelopeRecipient, MailToAccept } from './mail-to-accept.js';
import type { Sifted } from './sifted.js';

/** Bounds of one INSERT, well under `max_allowed_packet` (64 MB). */
const MOST_ROWS = 500;
const MOST_CHARACTERS = 4_000_000;

/** Everything that accepted mails leave in the database, made as it is asked for: a list may be very long. */
export function* rowsOf(requests: readonly Sifted[]): Generator<Statement> {
  yield* inserts(
    'INSERT INTO eg_messages (message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at)',
    messageRows(requests),
  );
  yield* inserts(
    'INSERT INTO eg_send_queue (message_id, recipient_no, recipient, recipient_type, user_id, domain_id, due_at)',
    queueRows(requests),
  );
  yield* outboxInserts(eventsOf(requests));
}

function* inserts(into: string, rows: Iterable<SqlValue[]>): Generator<Statement> {
  let chunk: SqlValue[][] = [];
  let characters = 0;
  for (const row of rows) {
    chunk.push(row);
    for (const value of row) if (typeof value === 'string') characters += value.length;
    if (chunk.length < MOST_ROWS && characters < MOST_CHARACTERS) continue;
    yield { sql: `${into} VALUES ?`, params: [chunk] };
    chunk = [];
    characters = 0;
  }
  if (chunk.length > 0) yield { sql: `${into} VALUES ?`, params: [chunk] };
}

function* messageRows(requests: readonly Sifted[]): Generator<SqlValue[]> {
  for (const { request, mails } of requests) {
    const acceptedAt = new Date(request.acceptedAt);
    for (const { mail, recipients } of mails) {
      if (recipients.length === 0) continue;
      const { messageId, userId, domainId, method, senderDomain, mfromHost } = mail;
      yield [messageId, userId, domainId, method, senderDomain, mfromHost, serializeMail(mail), acceptedAt];
    }
  }
}

function* queueRows(requests: readonly Sifted[]): Generator<SqlValue[]> {
  for (const { mails } of requests) {
    for (const { mail, recipients } of mails) {
      const { messageId, userId, domainId } = mail;
      const dueAt = new Date(mail.dueAt);
      for (const [no, { email, type }] of recipients.entries())
        yield [messageId, no, email, type, userId, domainId, dueAt];
    }
  }
}

function* eventsOf(requests: readonly Sifted[]): Generator<OutboxMessage> {
  for (const { request, mails } of requests) {
    for (const { mail, recipients, suppressed } of mails) {
      const message = (event: 'accepted-by-oempro' | 'rejected-by-oempro', recipient: EnvelopeRecipient) => ({
        topic: TOPICS.mailEvents.name,
        key: mail.messageId,
        value: encodeMailEvent(eventOf(event, mail, recipient, request.acceptedAt)),
      });
      for (const recipient of recipients) yield message('accepted-by-oempro', recipient);
      for (const recipient of suppressed) yield message('rejected-by-oempro', recipient);
    }
  }
}

function eventOf(
  event: 'accepted-by-oempro' | 'rejected-by-oempro',
  mail: MailToAccept,
  { email, type }: EnvelopeRecipient,
  now: number,
): MailEvent {
  const isAccepted = event === 'accepted-by-oempro';
  return {
    id: mailEventId({ messageId: mail.messageId, recipient: email, event }),
    event,
    loggedAt: now,
    userId: mail.userId,
    domainId: mail.domainId,
    senderDomain: mail.senderDomain,
    messageId: mail.messageId,
    recipient: email,
    recipientType: type,
    method: mail.method,
    from: mail.shown.from,
    to: mail.shown.to,
    subject: mail.shown.subject,
    tags: [...mail.tags],
    envelopeSender: '',
    sendingIp: '',
    size: null,
    queuedAt: isAccepted ? now : null,
    delivery: null,
    bounce: null,
    reason: isAccepted ? '' : 'suppressed',
    ...mail.context,
  };
}
