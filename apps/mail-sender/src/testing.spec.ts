import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import type { MessageContent } from '#contracts/sending/message-content';
import type { Database } from '#platform/database/database';
import { pollingLoop } from '#platform/lifecycle/loop';
import type { PollingLoop } from '#platform/lifecycle/loop';
import type { TestDatabase } from '#platform/testing/test-database';
import { testLogger } from '#platform/testing/test-kafka';
import { MessageStore } from './build/message-store.js';
import { SendQueue } from './claim/send-queue.js';
import { SenderLease } from './claim/sender-lease.js';
import { Recorder } from './record/recorder.js';
import { Sender } from './sender.js';
import { HeldDomains } from './stop/held-domains.js';
import { MtaGate } from './submit/mta-gate.js';
import { Smtp } from './submit/smtp.js';

export const KEY = Buffer.alloc(32, 7);
export const LEASE_MS = 2_000;
export const log = testLogger();

export interface Taken {
  from: string;
  to: string;
  envelopeId: string;
  notify: string;
  /** Characters are bytes. */
  raw: string;
}

/** An MTA that answers as the recipient's local part says. */
export class FakeMta {
  readonly taken: Taken[] = [];
  readonly asked: string[] = [];
  /** Runs after the mail is there and before 250 is said. */
  beforeReply: (mail: Taken) => Promise<void> = () => Promise.resolve();
  private server: SMTPServer | undefined;
  port = 0;

  async start(): Promise<void> {
    const refuse = (code: number, reply: string): Error =>
      Object.assign(new Error(reply), { responseCode: code });
    const options: SMTPServerOptions = {
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      hideDSN: false,
      onRcptTo: ({ address }, _session, callback) => {
        this.asked.push(address);
        if (address.startsWith('reject')) return callback(refuse(550, '5.7.1 not here'));
        if (address.startsWith('tempfail')) return callback(refuse(451, '4.3.0 later'));
        callback();
      },
      onData: (stream, { envelope }, callback) => {
        const take = async (): Promise<void> => {
          const raw = (await buffer(stream)).toString('latin1');
          const [recipient] = envelope.rcptTo;
          const mail = {
            from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
            to: recipient?.address ?? '',
            envelopeId: String(envelope.dsn?.envid ?? ''),
            notify: String(recipient?.dsn?.notify ?? ''),
            raw,
          };
          this.taken.push(mail);
          await this.beforeReply(mail);
          callback(null, '2.0.0 queued');
        };
        void take();
      },
    };
    const server = new SMTPServer(options);
    server.on('error', () => undefined);
    this.server = server;
    await new Promise<void>((resolve) => {
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    for (const connection of server.connections) connection.close();
    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
  }
}

/** One mail-sender process without its process. */
export class Running {
  readonly gate: MtaGate;
  readonly sender: Sender;
  private readonly smtp: Smtp;
  private readonly lease: SenderLease;
  private readonly loop: PollingLoop;
  private readonly heldLoop: PollingLoop;

  constructor(
    { database }: TestDatabase,
    port: number,
    { connections = 4, recorder = new Recorder(database, log) } = {},
  ) {
    this.smtp = new Smtp({ host: '127.0.0.1', port, connections });
    this.gate = new MtaGate(() => this.smtp.verify(), log, 50);
    this.lease = new SenderLease(database, LEASE_MS);
    this.sender = new Sender({
      queue: new SendQueue(database),
      lease: this.lease,
      messages: new MessageStore(database),
      smtp: this.smtp,
      gate: this.gate,
      recorder,
      referenceKey: KEY,
      connections,
      recoverEveryMs: 100,
      log,
    });
    this.loop = pollingLoop({ name: 'claim', run: (signal) => this.sender.turn(signal), idleMs: 10, log });
    const held = new HeldDomains(database, log);
    this.heldLoop = pollingLoop({ name: 'held', run: () => held.turn(), idleMs: 10, log });
  }

  async start(): Promise<this> {
    await this.gate.start();
    await this.loop.start();
    await this.heldLoop.start();
    return this;
  }

  /** Ends as a killed process does: nothing is recorded, nothing given back. */
  async kill(): Promise<void> {
    await this.loop.stop();
    await this.heldLoop.stop();
    await this.gate.stop();
    this.smtp.close();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    await this.heldLoop.stop();
    await this.sender.stop();
    await this.gate.stop();
    this.smtp.close();
    await this.lease.release();
  }
}

export interface Sending {
  userId: number;
  domainId: number;
}

/** The sender of mail that names no other. */
const SENDING: Sending = { userId: 1, domainId: 4 };

/** An Enabled domain of a trusted account. */
export async function addSender(database: Database, { userId, domainId }: Sending = SENDING): Promise<void> {
  await database.execute(
    `INSERT INTO oempro_users (UserID, GroupID, Username, PasswordHash, EmailAddress, APIKeyHash, APIKeyCipher)
     VALUES (?, 1, ?, '', 'owner@sender.example', ?, '') ON DUPLICATE KEY UPDATE GroupID = 1`,
    [userId, `user-${userId}`, Buffer.alloc(32, userId)],
  );
  await database.execute(
    `INSERT INTO oempro_eg_domains (DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, PolicyMeta, Version, CreatedAt,
       UpdatedAt) VALUES (?, ?, ?, 'Enabled', '{}', '{}', '{}', 1, NOW(6), NOW(6))`,
    [domainId, userId, `d${domainId}.example`],
  );
}

export interface AcceptOptions {
  /** Whose mail it is. */
  of?: Sending;
  dueAt?: Date;
  /** Stored text; a proper mail unless told otherwise. */
  content?: string;
  /** Lease that holds the rows; they are queued unless told otherwise. */
  heldBy?: { name: string; token: number };
}

/** Stores what the gateway stores for an accepted mail. @returns its message id. */
export async function acceptMail(
  database: Database,
  recipients: readonly string[],
  { content = '', heldBy, of: { userId, domainId } = SENDING, dueAt = new Date(0) }: AcceptOptions = {},
): Promise<string> {
  const messageId = randomUUID();
  const stored: MessageContent = {
    version: 1,
    subject: 'Spring sale',
    from: { name: 'Sender', email: 'news@sender.example' },
    to: [{ name: '', email: recipients[0] ?? '' }],
    cc: [],
    replyTo: [],
    html: '<p>Hello</p>',
    plain: null,
    headers: {},
    tags: ['spring'],
    attachments: [],
    trackLinks: false,
    trackOpens: false,
  };
  await database.execute(
    `INSERT INTO eg_messages (message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at)
     VALUES (?, ?, ?, 'api', 'sender.example', 'sl.sender.example', ?, NOW(3))`,
    [messageId, userId, domainId, content || JSON.stringify(stored)],
  );
  const columns =
    'message_id, recipient_no, recipient, recipient_type, user_id, domain_id, due_at, state, claim_owner, claim_token';
  const claim = heldBy ? ['sending', heldBy.name, heldBy.token] : ['queued', null, null];
  await database.execute(`INSERT INTO eg_send_queue (${columns}) VALUES ?`, [
    recipients.map((recipient, no) => [
      messageId,
      no,
      recipient,
      no === 0 ? 'to' : 'bcc',
      userId,
      domainId,
      dueAt,
      ...claim,
    ]),
  ]);
  return messageId;
}
