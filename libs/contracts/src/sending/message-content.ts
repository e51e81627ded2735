/** A person in a header: a display name and an address. */
export interface Mailbox {
  readonly name: string;
  readonly email: string;
}

export interface MessageAttachment {
  readonly filename: string;
  /** Base64 without white space. */
  readonly content: string;
  /** Media type, `application/octet-stream` when the caller named none. */
  readonly type: string;
  readonly disposition: 'attachment' | 'inline';
  /** Content-ID without angle brackets; empty when there is none. */
  readonly contentId: string;
}

/**
 * A mail as the gateway accepted it: JSON in `eg_messages.content`, written by the gateway, read by mail-sender. The
 * envelope recipients (To + CC + BCC) are rows of `eg_send_queue`; BCC is not here, so that it can never reach a header.
 * Nothing in a value can end a header line: CR, LF and NUL were refused.
 */
export interface MessageContent {
  readonly version: 1;
  readonly subject: string;
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  /** At least one of `html` and `plain` is there. */
  readonly html: string | null;
  readonly plain: string | null;
  /** The caller's headers, spelled as written; those that the mail itself defines were left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly attachments: readonly MessageAttachment[];
  readonly trackLinks: boolean;
  readonly trackOpens: boolean;
}

/** @throws Error when the text is no content of a version that this build knows */
export function parseMessageContent(text: string): MessageContent {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'version') !== 1) {
    throw new Error('unknown version of a stored message');
  }
  return value as MessageContent;
}
