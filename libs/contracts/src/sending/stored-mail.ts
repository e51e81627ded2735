import { mailboxesText, mailboxText } from './mailbox-text.js';
import type { MessageContent, StoredContent } from './message-content.js';

/** Header texts of a mail in readable form, as its events show them. */
export interface ShownHeaders {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
}

/** What a mail was sent for: ids of the owner's rows (API contract, "Send Email via API"). Absent = none. */
export interface MailContext {
  readonly templateId?: number;
  readonly listId?: number;
  readonly subscriberId?: number;
  readonly journeyId?: number;
  readonly actionId?: number;
}

/** A mail as the gateway accepted it: what is sent, and what its later events say besides. */
export interface StoredMail {
  readonly content: StoredContent;
  readonly shown: ShownHeaders;
  readonly context: MailContext;
  /** Addresses that a relayed mail came for, suppressed ones too; tells a submission that is repeated. */
  readonly envelope?: readonly string[];
}

/** The texts that the events of a mail of parts show. */
export function shownHeaders({ from, to, subject }: MessageContent): ShownHeaders {
  return { from: mailboxText(from), to: mailboxesText(to), subject };
}

/**
 * The text of `eg_messages.content`: JSON, written by the gateway, read by mail-sender. The envelope recipients are rows of
 * `eg_send_queue`.
 */
export function serializeMail({ content, shown, context, envelope }: StoredMail): string {
  const hasContext = Object.keys(context).length > 0;
  // A mail of parts shows its header texts itself.
  if (content.version === 1 && !hasContext && envelope === undefined) return JSON.stringify(content);
  return JSON.stringify({
    ...content,
    ...(content.version === 2 && { shown }),
    ...(hasContext && { context }),
    ...(envelope && { envelope }),
  });
}

/** @throws Error when the text is no mail of a version that this build knows */
export function parseStoredMail(text: string): StoredMail {
  return readStoredMail(JSON.parse(text));
}

/**
 * The same of the parsed text. What was left out of it, such as bodies, is missing in the result.
 * @throws as `parseStoredMail` does
 */
export function readStoredMail(parsed: unknown): StoredMail {
  const value = parsed as Partial<Omit<StoredMail, 'content'>> & (StoredContent | null);
  if (value?.version !== 1 && value?.version !== 2) throw new Error('unknown version of a stored message');
  const { shown, context = {}, envelope, ...content } = value;
  const more = { context, ...(envelope && { envelope }) };
  if (content.version === 1) return { content, shown: shownHeaders(content), ...more };
  if (shown === undefined) throw new Error('a stored message without its header texts');
  return { content, shown, ...more };
}
