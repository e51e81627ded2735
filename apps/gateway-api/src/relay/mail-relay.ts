import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import type { SmtpRelayInput } from '#contracts/http/relay';
import { parseStoredMail } from '#contracts/sending/stored-mail';
import type { ClassifiedRecipient } from '#domain/relay/relay-envelope';
import { leftToQueue, type QueuedSubmission } from '#domain/relay/relay-submission';
import { mfromHost } from '#domain/sender-domain/dns-records';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { MailAcceptance } from '../mail-acceptance/mail-acceptance.js';
import type { Acceptance, MailToAccept } from '../mail-acceptance/mail-to-accept.js';
import { ForeignMessageId } from '../mail-acceptance/settling.js';
import { defaultNaming, namingOf } from '../sender-domain/host-naming.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { readRelayedMail, type RelayedMail } from './relayed-mail.js';
import { because, isSmtpError, SMTP_ERRORS, type SmtpError } from './smtp-errors.js';
import type { SmtpLogin } from './smtp-logins.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const REFUSALS = {
  'all-suppressed': SMTP_ERRORS.recipientSuppressed,
  'sending-limit-reached': SMTP_ERRORS.sendingLimitReached,
  'rate-limit-exceeded': SMTP_ERRORS.rateLimitExceeded,
  'user-gone': SMTP_ERRORS.userInvalid,
} as const satisfies Record<NonNullable<Acceptance['refused']>, SmtpError>;

/** A look, and one after each thing that somebody else may do meanwhile: take the UUID, queue for the same recipients. */
const MOST_LOOKS = 3;

interface MessageRow {
  message_id: string;
  user_id: number;
  domain_id: number;
  content: string;
}

type RelayConfig = Pick<
  GatewayConfig,
  'maxTo' | 'maxCc' | 'maxBcc' | 'dnsSubdomain' | 'dnsTrackPrefix' | 'dnsTrackMerge'
>;

/** Takes mails of SMTP logins in. */
@Injectable()
export class MailRelay {
  constructor(
    private readonly acceptance: MailAcceptance,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: RelayConfig,
  ) {}

  /** Queues the mail; nothing is returned once it is queued, now or by earlier requests with the same UUID. */
  async take(login: SmtpLogin, input: SmtpRelayInput): Promise<SmtpError | undefined> {
    const uuid = (input.UUID ?? '').trim().toLowerCase();
    if (uuid !== '' && !UUID.test(uuid)) return SMTP_ERRORS.uuidInvalid;
    const { maxTo, maxCc, maxBcc } = this.config;
    const host = mfromHost(login.domain, namingOf(login.domainOptions, defaultNaming(this.config)));
    const mail = readRelayedMail(input, {
      domain: login.domain,
      mfromHost: host,
      limits: { to: maxTo, cc: maxCc, bcc: maxBcc },
    });
    if (isSmtpError(mail)) return mail;
    const mailOf = mailsOf(login, host, mail);
    if (uuid !== '') return this.takeOnce(uuid, login, mail, mailOf);
    const acceptance = await this.acceptance.accept([mailOf(randomUUID(), mail.recipients)], Date.now());
    return acceptance.refused === undefined ? undefined : refusalOf(acceptance);
  }

  /**
   * The first mail under a UUID has it as its id. What comes under it later, or under one that is somebody else's, which must say
   * nothing and take nothing from anybody, is a mail for each recipient, whose id is always the same.
   */
  private async takeOnce(
    uuid: string,
    login: SmtpLogin,
    { raw, recipients }: RelayedMail,
    mailOf: MailOf,
  ): Promise<SmtpError | undefined> {
    const content = raw.toString('base64');
    for (let look = 0; look < MOST_LOOKS; look++) {
      const { isFree, queued } = await this.queuedUnder(uuid, login, recipients);
      const left = leftToQueue({ recipients, content }, queued);
      if (left === 'other-content') return SMTP_ERRORS.uuidTaken;
      if (left.length === 0) return undefined;
      const mails = isFree
        ? [mailOf(uuid, recipients)]
        : left.map((recipient) => mailOf(ownId(uuid, login, recipient), [recipient])).sort(byId);
      const acceptance = await this.acceptance.accept(mails, Date.now()).catch(foreignId);
      // Somebody came first, between the look and the acceptance: the next look sees who, and with what.
      if (acceptance === undefined || acceptance.repeated !== undefined) continue;
      const hasOthers = left.length < recipients.length;
      const isDone =
        acceptance.refused === undefined || (acceptance.refused === 'all-suppressed' && hasOthers);
      return isDone ? undefined : refusalOf(acceptance);
    }
    throw new Error(`ids of mails under ${uuid} are others'`);
  }

  /** Mails of the login's domain that were queued under a UUID, and whether nobody has it as a message id. */
  private async queuedUnder(
    uuid: string,
    login: SmtpLogin,
    recipients: readonly ClassifiedRecipient[],
  ): Promise<{ readonly isFree: boolean; readonly queued: readonly QueuedSubmission[] }> {
    const rows = await this.database.query<MessageRow>(
      'SELECT message_id, user_id, domain_id, content FROM eg_messages WHERE message_id IN (?)',
      [[uuid, ...recipients.map((recipient) => ownId(uuid, login, recipient))]],
    );
    const queued = rows
      .filter(({ user_id, domain_id }) => user_id === login.userId && domain_id === login.domainId)
      .flatMap((row) => {
        const { content, envelope } = parseStoredMail(row.content);
        return content.version === 2 && envelope !== undefined
          ? [{ content: content.raw, recipients: envelope }]
          : [];
      });
    return { isFree: rows.every(({ message_id }) => message_id !== uuid), queued };
  }
}

/** A mail of a relayed message, for some of its recipients. */
type MailOf = (messageId: string, recipients: readonly ClassifiedRecipient[]) => MailToAccept;

function mailsOf(login: SmtpLogin, host: string, { raw, shown }: RelayedMail): MailOf {
  const { userId, domainId, domain, domainOptions } = login;
  const content = {
    version: 2,
    raw: raw.toString('base64'),
    tags: [],
    trackLinks: isOn(domainOptions['LinkTracking']),
    trackOpens: isOn(domainOptions['OpenTracking']),
  } as const;
  return (messageId, recipients) => ({
    messageId,
    userId,
    domainId,
    senderDomain: domain,
    mfromHost: host,
    method: 'smtp',
    content,
    recipients,
    shown,
    tags: [],
    context: {},
    envelope: recipients.map(({ email }) => email),
    dueAt: Date.now(),
  });
}

/** Rows that two calls insert in one order make neither wait for the other in turn. */
const byId = (a: MailToAccept, b: MailToAccept) => (a.messageId < b.messageId ? -1 : 1);

/** A message id that is another account's is answered as nothing; other errors stay. */
function foreignId(error: unknown): undefined {
  if (!(error instanceof ForeignMessageId)) throw error;
}

function refusalOf({ refused, retryAfterMs }: Extract<Acceptance, { readonly refused: string }>): SmtpError {
  const error = REFUSALS[refused];
  if (retryAfterMs === undefined) return error;
  return because(error, `${error.text}, try again in ${Math.ceil(retryAfterMs / 1000)} seconds`);
}

/** A UUID (RFC 9562, version 8) that is made of a UUID, a domain and a recipient. */
function ownId(uuid: string, { userId, domainId }: SmtpLogin, { email }: ClassifiedRecipient): string {
  const bytes = createHash('sha256')
    .update(`relay ${userId} ${domainId} ${uuid} ${email.toLowerCase()}`)
    .digest();
  bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const isOn = (option: unknown): boolean => option === true || option === 1 || option === '1';
