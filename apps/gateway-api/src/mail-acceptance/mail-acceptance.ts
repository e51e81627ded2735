import { Inject, Injectable } from '@nestjs/common';
import { mailEventId } from '#contracts/mail-events/event-id';
import { encodeMailEvent, type MailEvent } from '#contracts/mail-events/mail-event';
import { serializeMail } from '#contracts/sending/stored-mail';
import { TOPICS } from '#contracts/topics';
import { isDuplicateKey, type Database, type SqlValue, type Transaction } from '#platform/database/database';
import { enqueue } from '#platform/outbox/outbox';
import { DATABASE } from '../tokens.js';
import type { Acceptance, EnvelopeRecipient, MailToAccept } from './mail-to-accept.js';

/** Takes mails in for good: once `accept` resolves with their ids, they are stored, queued and told of. */
@Injectable()
export class MailAcceptance {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * All or nothing.
   *
   * @param acceptedAt unix milliseconds; the time of the events.
   * @throws DatabaseError when MySQL is away; nothing was accepted then, or it is not known (`facts.outcomeUnknown`).
   */
  async accept(mails: readonly MailToAccept[], acceptedAt: number): Promise<Acceptance> {
    try {
      await this.database.transaction(async (tx) => {
        for (const mail of mails) await store(tx, mail, acceptedAt);
      });
    } catch (error) {
      if (!isDuplicateKey(error, 'PRIMARY')) throw error;
    }
    return { accepted: mails.map(({ messageId }) => messageId) };
  }
}

async function store(tx: Transaction, mail: MailToAccept, acceptedAt: number): Promise<void> {
  const { messageId, userId, domainId } = mail;
  await tx.execute(
    `INSERT INTO eg_messages
       (message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      messageId,
      userId,
      domainId,
      mail.method,
      mail.senderDomain,
      mail.mfromHost,
      serializeMail(mail),
      new Date(acceptedAt),
    ],
  );
  const dueAt = new Date(mail.dueAt);
  const rows = mail.recipients.map(({ email, type }, no): SqlValue[] => [
    messageId,
    no,
    email,
    type,
    userId,
    domainId,
    dueAt,
  ]);
  await tx.execute(
    `INSERT INTO eg_send_queue
       (message_id, recipient_no, recipient, recipient_type, user_id, domain_id, due_at) VALUES ?`,
    [rows],
  );
  await enqueue(
    tx,
    mail.recipients.map((recipient) => ({
      topic: TOPICS.mailEvents.name,
      key: messageId,
      value: encodeMailEvent(acceptedEvent(mail, recipient, acceptedAt)),
    })),
  );
}

function acceptedEvent(
  mail: MailToAccept,
  { email, type }: EnvelopeRecipient,
  acceptedAt: number,
): MailEvent {
  const event = 'accepted-by-oempro';
  return {
    id: mailEventId({ messageId: mail.messageId, recipient: email, event }),
    event,
    loggedAt: acceptedAt,
    userId: mail.userId,
    domainId: mail.domainId,
    senderDomain: mail.senderDomain,
    messageId: mail.messageId,
    recipient: email,
    recipientType: type,
    method: mail.method,
    ...mail.shown,
    tags: [...mail.tags],
    envelopeSender: '',
    sendingIp: '',
    size: null,
    queuedAt: acceptedAt,
    delivery: null,
    bounce: null,
    reason: '',
  };
}
