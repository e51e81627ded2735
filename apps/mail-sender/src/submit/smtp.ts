import { createTransport } from 'nodemailer';
import { accepted, judge } from './reply.js';
import type { Submission } from './reply.js';

export interface Envelope {
  /** Envelope sender, a VERP address. */
  from: string;
  /** One recipient: each has its own reference. */
  to: string;
  /** RFC 3461 ENVID. */
  envelopeId: string;
}

export interface SmtpOptions {
  host: string;
  port: number;
  connections: number;
}

/**
 * The schedule of a submission. What each figure bounds:
 * - connection, greeting: an MTA that is away, or that accepts and stays silent. Doubling them doubles the time until an outage is
 *   noticed.
 * - socket: silence in mid-conversation. RFC 5321 4.5.3.2 allows minutes after the last byte of a mail; an MTA beside us answers
 *   at once, and what it took in silence is sent again.
 */
const CONNECTION_TIMEOUT_MS = 5_000;
const GREETING_TIMEOUT_MS = 5_000;
const SOCKET_TIMEOUT_MS = 60_000;
const MAILS_PER_CONNECTION = 1_000;

/** SMTP to our MTA over connections that stay open. */
export class Smtp {
  private readonly transport;

  constructor({ host, port, connections }: SmtpOptions) {
    this.transport = createTransport({
      pool: true,
      host,
      port,
      maxConnections: connections,
      maxMessages: MAILS_PER_CONNECTION,
      // Only mails of which not a byte was sent are tried on another connection; everything else is ours to decide.
      maxRequeues: 1,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      greetingTimeout: GREETING_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      // Encrypted where the MTA offers it. Its certificate is not checked: this is the way from one of our processes to another.
      opportunisticTLS: true,
      tls: { rejectUnauthorized: false },
    });
  }

  /** Hands one mail in for one recipient. Never throws: each end is an outcome. */
  async submit({ from, to, envelopeId }: Envelope, mail: Buffer): Promise<Submission> {
    try {
      const { response } = await this.transport.sendMail({
        // A customer's own mail may have 8-bit lines (RFC 6152); said only to an MTA that offers it.
        envelope: { from, to: [to], use8BitMime: true },
        raw: mail,
        // Bounces come as accounting rows and to the VERP address; nobody needs to hear of delays.
        dsn: { id: envelopeId, return: 'headers', notify: ['failure'] },
      });
      return accepted(response);
    } catch (error) {
      return judge(error);
    }
  }

  /** Rejects when the MTA does not greet us. */
  async verify(): Promise<void> {
    await this.transport.verify();
  }

  /** Idle connections are closed at once, busy ones after their mail. */
  close(): void {
    this.transport.close();
  }
}
