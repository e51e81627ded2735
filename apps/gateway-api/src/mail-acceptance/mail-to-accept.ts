import type { StoredContent } from '#contracts/sending/message-content';
import type { MailContext, ShownHeaders } from '#contracts/sending/stored-mail';

export interface EnvelopeRecipient {
  readonly email: string;
  readonly type: 'to' | 'cc' | 'bcc';
}

/** A checked mail on its way in. */
export interface MailToAccept {
  /** UUID; the caller mints it. Accepting the same id again stores nothing and answers accepted. */
  readonly messageId: string;
  readonly userId: number;
  readonly domainId: number;
  readonly senderDomain: string;
  /** Host of the envelope sender. */
  readonly mfromHost: string;
  readonly method: 'api' | 'smtp';
  readonly content: StoredContent;
  /** At least one; no address twice. */
  readonly recipients: readonly EnvelopeRecipient[];
  /** Header texts for events. */
  readonly shown: ShownHeaders;
  readonly tags: readonly string[];
  readonly context: MailContext;
  readonly envelope?: readonly string[];
  /** Unix milliseconds. */
  readonly dueAt: number;
}

/** What became of mails that were to be accepted together. */
export type Acceptance =
  | {
      /** Ids of the mails that were stored, in the order given; mails of which every recipient is suppressed are not among them. */
      readonly accepted: readonly string[];
      /**
       * Those of them that were stored before, with whatever content: by another call, or by a try of this one whose answer was
       * lost. Absent when there are none.
       */
      readonly repeated?: readonly string[];
      readonly refused?: undefined;
    }
  | {
      readonly accepted?: undefined;
      readonly repeated?: undefined;
      readonly refused: 'all-suppressed' | 'sending-limit-reached' | 'rate-limit-exceeded' | 'user-gone';
      /** Milliseconds until it may work, for rate limits. */
      readonly retryAfterMs?: number;
    };
