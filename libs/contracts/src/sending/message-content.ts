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
 * A mail that the gateway took as parts; mail-sender builds it. BCC is not here, so that it can never reach a header.
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

/** A mail that the gateway took whole; mail-sender sends it as it is, but for the fields that are ours (see `isReservedField`). */
export interface RawContent {
  readonly version: 2;
  /** The RFC 5322 message in base64, without a Bcc field. */
  readonly raw: string;
  readonly tags: readonly string[];
  readonly trackLinks: boolean;
  readonly trackOpens: boolean;
}

/** Content of an accepted mail, as `eg_messages.content` keeps it (see `stored-mail`). */
export type StoredContent = MessageContent | RawContent;
