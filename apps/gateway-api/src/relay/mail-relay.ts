import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import type { SmtpRelayInput } from '#contracts/http/relay';
import { mfromHost } from '#domain/sender-domain/dns-records';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { MailAcceptance } from '../mail-acceptance/mail-acceptance.js';
import type { Acceptance, MailToAccept } from '../mail-acceptance/mail-to-accept.js';
import { defaultNaming, namingOf } from '../sender-domain/host-naming.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { readRelayedMail } from './relayed-mail.js';
import { because, isSmtpError, SMTP_ERRORS, type SmtpError } from './smtp-errors.js';
import type { SmtpLogin } from './smtp-logins.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const REFUSALS = {
  'all-suppressed': SMTP_ERRORS.recipientSuppressed,
  'sending-limit-reached': SMTP_ERRORS.sendingLimitReached,
  'rate-limit-exceeded': SMTP_ERRORS.rateLimitExceeded,
  'user-gone': SMTP_ERRORS.userInvalid,
} as const satisfies Record<NonNullable<Acceptance['refused']>, SmtpError>;

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

  /** Queues the mail; nothing is returned once it is queued, now or by an earlier request with the same UUID. */
  async take(login: SmtpLogin, input: SmtpRelayInput): Promise<SmtpError | undefined> {
    const uuid = (input.UUID ?? '').trim().toLowerCase();
    if (uuid !== '' && !UUID.test(uuid)) return SMTP_ERRORS.uuidInvalid;
    const messageId = uuid === '' ? randomUUID() : await this.freeId(uuid, login);
    if (messageId === undefined) return undefined;

    const { maxTo, maxCc, maxBcc } = this.config;
    const host = mfromHost(login.domain, namingOf(login.domainOptions, defaultNaming(this.config)));
    const mail = readRelayedMail(input, {
      domain: login.domain,
      mfromHost: host,
      limits: { to: maxTo, cc: maxCc, bcc: maxBcc },
    });
    if (isSmtpError(mail)) return mail;
    const now = Date.now();
    const { userId, domainId, domain, domainOptions } = login;
    const accept = (id: string) => {
      const toAccept: MailToAccept = {
        messageId: id,
        userId,
        domainId,
        senderDomain: domain,
        mfromHost: host,
        method: 'smtp',
        content: {
          version: 2,
          raw: mail.raw.toString('base64'),
          tags: [],
          trackLinks: isOn(domainOptions['LinkTracking']),
          trackOpens: isOn(domainOptions['OpenTracking']),
        },
        recipients: mail.recipients,
        shown: mail.shown,
        tags: [],
        context: {},
        dueAt: now,
      };
      return this.acceptance.accept([toAccept], now);
    };
    const first = await accept(messageId).catch((error: unknown) => ({ failed: error }));
    // Somebody else may have come first with the same UUID, between the look and the acceptance.
    const isTaken = uuid !== '' && (await this.isMine(messageId, login)) === false;
    const acceptance = isTaken ? await accept(ownId(uuid, login)) : first;
    if ('failed' in acceptance) throw acceptance.failed;
    return acceptance.refused === undefined ? undefined : refusalOf(acceptance);
  }

  /**
   * The id for a mail that comes under a UUID; `undefined` when the login's domain has a mail of that id already. A UUID that
   * somebody else used says nothing about it and takes nothing from anybody: the mail gets another id, always the same.
   */
  private async freeId(uuid: string, login: SmtpLogin): Promise<string | undefined> {
    const isMine = await this.isMine(uuid, login);
    if (isMine !== false) return isMine === undefined ? uuid : undefined;
    const other = ownId(uuid, login);
    return (await this.isMine(other, login)) === undefined ? other : undefined;
  }

  /** Whether a message is of the login's domain; `undefined` when there is no such message. */
  private async isMine(messageId: string, { userId, domainId }: SmtpLogin): Promise<boolean | undefined> {
    const [row] = await this.database.query<{ user_id: number; domain_id: number }>(
      'SELECT user_id, domain_id FROM eg_messages WHERE message_id = ?',
      [messageId],
    );
    return row === undefined ? undefined : row.user_id === userId && row.domain_id === domainId;
  }
}

function refusalOf({ refused, retryAfterMs }: Extract<Acceptance, { readonly refused: string }>): SmtpError {
  const error = REFUSALS[refused];
  if (retryAfterMs === undefined) return error;
  return because(error, `${error.text}, try again in ${Math.ceil(retryAfterMs / 1000)} seconds`);
}

/** A UUID (RFC 9562, version 8) that is made of a UUID and a domain. */
function ownId(uuid: string, { userId, domainId }: SmtpLogin): string {
  const bytes = createHash('sha256').update(`relay ${userId} ${domainId} ${uuid}`).digest();
  bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const isOn = (option: unknown): boolean => option === true || option === 1 || option === '1';
