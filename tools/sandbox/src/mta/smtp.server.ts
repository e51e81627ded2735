import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { domainToASCII } from 'node:url';
import { callbackify } from 'node:util';

import type { Logger } from 'pino';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

import { fateOf, stepsOf } from './fate.js';
import { firstHeader, headerFields } from './headers.js';
import type { AcceptedMail, MailRecipient } from './mail.js';
import { LOGGED_HEADERS } from './rows.js';
import { TemporaryRefusals } from './tempfail.js';

/** 50 MB with room for the encoding of attachments. */
export const MAX_MESSAGE_BYTES = 52_428_800;
const CLOSE_GRACE_MS = 500;

export interface SmtpOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Unit of the waits before rows, in milliseconds. */
  delayMs: number;
  log: Logger;
  /** The 250 reply is sent when this resolves, 451 when it rejects. */
  onMail: (mail: AcceptedMail, raw: Buffer) => Promise<void>;
  /** Told of recipients that are refused while the mail is handed in. */
  onRefused: (fate: 'reject' | 'tempfail') => void;
}

/** An error that the SMTP server turns into a reply; it adds the enhanced code of RFC 3463 (550 5.1.1, 451 4.3.0). */
const replyWith = (responseCode: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode });

/** smtp-server hands over IDN domains decoded; a client that writes to the wire sends them as A-labels. */
function asSent(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const onlyAscii = Buffer.byteLength(domain) === domain.length;
  if (at < 0 || onlyAscii) return address;
  return `${address.slice(0, at + 1)}${domainToASCII(domain) || domain}`;
}

/** ENVID and ORCPT come xtext decoded from smtp-server: decoding once more would spoil a literal plus sign. */
const envIdOf = (session: SMTPServerSession): string => session.envelope.dsn?.envid ?? '';
const senderOf = (session: SMTPServerSession): string =>
  session.envelope.mailFrom === false ? '' : asSent(session.envelope.mailFrom.address);

async function readMessage(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (!stream.sizeExceeded) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What the accounting needs of a mail, with the fate and the rows of every recipient decided. */
function acceptedMail(session: SMTPServerSession, raw: Buffer, delayMs: number): AcceptedMail {
  const now = Date.now();
  const fields = headerFields(raw);
  const recipients = session.envelope.rcptTo.map((rcpt): MailRecipient => {
    const fate = fateOf(rcpt.address);
    const steps = fate === 'reject' ? [] : stepsOf(fate, delayMs, Math.random());
    return {
      address: asSent(rcpt.address),
      orcpt: rcpt.dsn?.orcpt ?? '',
      fate,
      plan: steps.map(({ outcome, afterMs }) => ({ outcome, at: now + afterMs })),
    };
  });
  return {
    id: randomUUID(),
    acceptedAt: now,
    sender: senderOf(session),
    envId: envIdOf(session),
    helo: session.hostNameAppearsAs || 'unknown',
    sourceIp: session.remoteAddress,
    destinationIp: session.localAddress,
    size: raw.length,
    headers: Object.fromEntries(LOGGED_HEADERS.map((name) => [name, firstHeader(fields, name) ?? ''])),
    jobId: firstHeader(fields, 'X-Job') ?? '',
    recipients,
  };
}

/** The SMTP side of the PowerMTA stand-in: no authentication, for loopback only. */
export class SmtpPart {
  private readonly server: SMTPServer;
  private readonly refusals = new TemporaryRefusals();

  constructor(private readonly options: SmtpOptions) {
    const { log, onRefused } = options;
    this.server = new SMTPServer({
      name: 'mta.sandbox.test',
      banner: 'sandbox',
      authMethods: [],
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      hideDSN: false,
      hideENHANCEDSTATUSCODES: false,
      size: MAX_MESSAGE_BYTES,
      rejectOversized: true,
      closeTimeout: CLOSE_GRACE_MS,
      onRcptTo: (rcpt, session, callback) => {
        const fate = fateOf(rcpt.address);
        if (fate === 'reject') {
          onRefused(fate);
          callback(replyWith(550, `<${rcpt.address}>: Recipient address rejected`));
        } else if (
          fate === 'tempfail' &&
          this.refusals.refuses(envIdOf(session) || senderOf(session), rcpt.address)
        ) {
          onRefused(fate);
          callback(replyWith(451, `<${rcpt.address}>: Temporary local problem, please try later`));
        } else {
          callback();
        }
      },
      onData: (stream, session, callback) => {
        callbackify(() => this.take(stream, session))((error, text) => callback(error, text));
      },
    });
    this.server.on('error', (error) => log.debug({ err: error }, 'smtp.connection-failed'));
  }

  /**
   * @returns the port it listens on.
   * @throws the error of the operating system, such as EADDRINUSE.
   */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      const listener = this.server.server;
      listener.once('error', reject);
      this.server.listen(this.options.port, this.options.host, () => {
        listener.removeListener('error', reject);
        resolve((listener.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /**
   * @returns the text of the 250 reply. A message that is too large is read and not kept; smtp-server answers 552.
   * @throws the 451 reply, when the message could not be kept.
   */
  private async take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const { delayMs, log, onMail } = this.options;
    try {
      const raw = await readMessage(stream);
      if (stream.sizeExceeded) return 'too large';
      const mail = acceptedMail(session, raw, delayMs);
      await onMail(mail, raw);
      const { id, size, sender, envId } = mail;
      const rcpts = mail.recipients.map(({ address, fate }) => ({ address, fate }));
      log.info({ mail: id, size, sender, envId, rcpts }, 'mail.accepted');
      return `message received, queued as ${id}`;
    } catch (error) {
      log.error({ err: error }, 'mail.refused');
      throw replyWith(451, 'the message could not be stored, please try later');
    }
  }
}
