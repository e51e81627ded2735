import { parseStoredMail, type MailContext, type ShownHeaders } from '#contracts/sending/stored-mail';
import type { Database } from '#platform/database/database';
import { buildMime, messageIdOf } from './mime.js';
import { rawMime } from './raw-mail.js';

/** An accepted message, ready to be sent to any of its recipients. */
export interface StoredMessage {
  messageId: string;
  userId: number;
  domainId: number;
  method: 'api' | 'smtp';
  senderDomain: string;
  /** Host of the envelope sender and of Message-ID. */
  mfromHost: string;
  /** Unix milliseconds. */
  acceptedAt: number;
  tags: readonly string[];
  /** Header texts as events show them. */
  shown: ShownHeaders;
  context: MailContext;
  /** The whole mail but for the header that names the recipient. */
  mime: Buffer;
}

interface MessageRow {
  message_id: string;
  user_id: number;
  domain_id: number;
  method: 'api' | 'smtp';
  sender_domain: string;
  mfrom_host: string;
  content: string;
  accepted_at: Date;
}

/** The stored message is gone or cannot be made a mail: trying again changes nothing. */
export class UnsendableMessage extends Error {
  override readonly name = 'UnsendableMessage';
}

interface Loaded {
  message: Promise<StoredMessage>;
  users: number;
}

/**
 * Messages while they are being sent: read and built once for all recipients in a row. Those that nobody uses are forgotten but
 * for the last one, because a message may have 25 MB.
 */
export class MessageStore {
  private readonly loaded = new Map<string, Loaded>();
  private lastUsed: string | undefined;

  constructor(private readonly database: Database) {}

  /** @throws UnsendableMessage; DatabaseError when the database is away. */
  async use<T>(messageId: string, work: (message: StoredMessage) => Promise<T>): Promise<T> {
    const entry = this.loaded.get(messageId) ?? { message: this.load(messageId), users: 0 };
    this.loaded.set(messageId, entry);
    entry.users += 1;
    try {
      const message = await entry.message;
      this.keepAsLast(messageId);
      return await work(message);
    } finally {
      entry.users -= 1;
      if (entry.users === 0 && messageId !== this.lastUsed) this.loaded.delete(messageId);
    }
  }

  private keepAsLast(messageId: string): void {
    const before = this.lastUsed;
    this.lastUsed = messageId;
    if (before === undefined || before === messageId) return;
    if (this.loaded.get(before)?.users === 0) this.loaded.delete(before);
  }

  private async load(messageId: string): Promise<StoredMessage> {
    const [row] = await this.database.query<MessageRow>(
      `SELECT message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at
       FROM eg_messages WHERE message_id = ?`,
      [messageId],
    );
    if (!row) throw new UnsendableMessage('the stored message is gone');
    const base = {
      messageId,
      userId: row.user_id,
      domainId: row.domain_id,
      method: row.method,
      senderDomain: row.sender_domain,
      mfromHost: row.mfrom_host,
      acceptedAt: row.accepted_at.getTime(),
    };
    try {
      const { content, shown, context } = parseStoredMail(row.content);
      const mime =
        content.version === 1
          ? await buildMime(base, content)
          : rawMime(Buffer.from(content.raw, 'base64'), {
              messageId: messageIdOf(base),
              acceptedAt: base.acceptedAt,
            });
      return { ...base, tags: content.tags, shown, context, mime };
    } catch (error) {
      throw new UnsendableMessage('the stored message cannot be made a mail', { cause: error });
    }
  }
}
