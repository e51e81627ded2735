import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import type { SendEmailInput } from '#contracts/http/send-email';
import { mailEventId } from '#contracts/mail-events/event-id';
import { encodeMailEvent, type MailEvent } from '#contracts/mail-events/mail-event';
import { mailboxesText, mailboxText } from '#contracts/sending/mailbox-text';
import { TOPICS } from '#contracts/topics';
import { mfromHost } from '#domain/sender-domain/dns-records';
import type { Database, SqlValue, Transaction } from '#platform/database/database';
import { enqueue } from '#platform/outbox/outbox';
import type { GatewayConfig } from '../config.js';
import type { SenderCaller } from '../http/caller.js';
import type { Outcome } from '../http/outcome.js';
import { defaultNaming, namingOf } from '../sender-domain/host-naming.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { readMail, type EnvelopeRecipient, type Mail } from './mail.js';

export interface AcceptedMail {
  /** UUID v4 that names the mail in every event. */
  readonly messageId: string;
}

/** Take a mail in: for good once this resolves with a message id. */
export class SendEmail extends Command<Outcome<AcceptedMail>> {
  constructor(
    readonly input: SendEmailInput,
    readonly caller: SenderCaller,
  ) {
    super();
  }
}

type SendingConfig = Pick<
  GatewayConfig,
  'maxTo' | 'maxCc' | 'maxBcc' | 'maxReplyTo' | 'dnsSubdomain' | 'dnsTrackPrefix' | 'dnsTrackMerge'
>;

@CommandHandler(SendEmail)
export class SendEmailHandler implements ICommandHandler<SendEmail> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: SendingConfig,
  ) {}

  async execute({ input, caller }: SendEmail): Promise<Outcome<AcceptedMail>> {
    const now = Date.now();
    const { maxTo, maxCc, maxBcc, maxReplyTo } = this.config;
    const mail = readMail(input, {
      domain: caller.domain,
      limits: { to: maxTo, cc: maxCc, bcc: maxBcc, replyTo: maxReplyTo },
      trackLinks: isOn(caller.domainOptions['LinkTracking']),
      trackOpens: isOn(caller.domainOptions['OpenTracking']),
      now,
    });
    if (!('content' in mail)) return { refused: mail };
    const messageId = randomUUID();
    await this.database.transaction((tx) => this.store(tx, { messageId, mail, caller, now }));
    return { messageId };
  }

  /** Three statements whatever the number of recipients: the mail, its queue rows, its events. */
  private async store(tx: Transaction, accepted: Accepted): Promise<void> {
    const { messageId, mail, caller, now } = accepted;
    const acceptedAt = new Date(now);
    await tx.execute(
      `INSERT INTO eg_messages
         (message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at)
       VALUES (?, ?, ?, 'api', ?, ?, ?, ?)`,
      [
        messageId,
        caller.userId,
        caller.domainId,
        caller.domain,
        mfromHost(caller.domain, namingOf(caller.domainOptions, defaultNaming(this.config))),
        JSON.stringify(mail.content),
        acceptedAt,
      ],
    );
    const dueAt = new Date(mail.dueAt);
    const rows = mail.recipients.map(({ email, type }, no): SqlValue[] => [
      messageId,
      no,
      email,
      type,
      caller.userId,
      caller.domainId,
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
        value: encodeMailEvent(acceptedEvent(accepted, recipient)),
      })),
    );
  }
}

interface Accepted {
  readonly messageId: string;
  readonly mail: Mail;
  readonly caller: SenderCaller;
  readonly now: number;
}

function acceptedEvent(
  { messageId, mail, caller, now }: Accepted,
  { email, type }: EnvelopeRecipient,
): MailEvent {
  const event = 'accepted-by-oempro';
  return {
    id: mailEventId({ messageId, recipient: email, event }),
    event,
    loggedAt: now,
    userId: caller.userId,
    domainId: caller.domainId,
    senderDomain: caller.domain,
    messageId,
    recipient: email,
    recipientType: type,
    method: 'api',
    from: mailboxText(mail.content.from),
    to: mailboxesText(mail.content.to),
    subject: mail.content.subject,
    tags: [...mail.content.tags],
    envelopeSender: '',
    sendingIp: '',
    size: null,
    queuedAt: now,
    delivery: null,
    bounce: null,
    reason: '',
  };
}

const isOn = (option: unknown) => option === true || option === 1 || option === '1';
