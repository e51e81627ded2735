import type { SendingLimits } from '#domain/sending-limits/sending-limits';
import type { Acceptance, EnvelopeRecipient, MailToAccept } from './mail-to-accept.js';
import type { AcceptanceRules } from './rules.js';

/** Mails that stand or fall together. */
export interface AcceptanceRequest {
  readonly mails: readonly MailToAccept[];
  /** Unix milliseconds. */
  readonly acceptedAt: number;
}

/** A mail whose recipients were looked up in the suppression list. */
export interface SiftedMail {
  readonly mail: MailToAccept;
  readonly recipients: readonly EnvelopeRecipient[];
  readonly suppressed: readonly EnvelopeRecipient[];
}

/** A request as the rules leave it. */
export interface Sifted {
  readonly request: AcceptanceRequest;
  readonly mails: readonly SiftedMail[];
  /** What is answered once it is stored. */
  readonly answer: Acceptance;
  /** Recipients to count, by account; none when nobody is left. */
  readonly counts: readonly Count[];
}

export interface Count {
  readonly userId: number;
  readonly limits: SendingLimits;
  readonly recipients: number;
  /** Nothing was ever counted for the account: its usage has no row yet. */
  readonly isFirst: boolean;
}

/** @returns the refusal when there is nothing to store. @throws Error when an account's stored limits cannot be read. */
export function sift(request: AcceptanceRequest, rules: AcceptanceRules): Sifted | Acceptance {
  const mails = request.mails.map((mail) => {
    const isSuppressed = ({ email }: EnvelopeRecipient) => rules.isSuppressed(mail.userId, email);
    return {
      mail,
      recipients: mail.recipients.filter((recipient) => !isSuppressed(recipient)),
      suppressed: mail.recipients.filter(isSuppressed),
    };
  });
  const perUser = new Map<number, number>();
  for (const { mail, recipients } of mails)
    perUser.set(mail.userId, (perUser.get(mail.userId) ?? 0) + recipients.length);
  const counts: Count[] = [];
  for (const [userId, recipients] of perUser) {
    const limits = rules.limitsOf(userId);
    if (limits === undefined) return { refused: 'user-gone' };
    if (recipients > 0) counts.push({ userId, limits, recipients, isFirst: !rules.hasUsage(userId) });
  }
  const kept = mails.filter(({ recipients }) => recipients.length > 0);
  return {
    request,
    mails,
    answer:
      kept.length === 0
        ? { refused: 'all-suppressed' }
        : { accepted: kept.map(({ mail }) => mail.messageId) },
    counts,
  };
}

export function isSifted(outcome: Sifted | Acceptance): outcome is Sifted {
  return 'counts' in outcome;
}

/** Characters of what the mails of a request say, as far as it makes them large. */
export function charactersOf({ mails }: AcceptanceRequest): number {
  let characters = 0;
  for (const { content } of mails) {
    if (content.version === 2) characters += content.raw.length;
    else {
      characters += (content.html?.length ?? 0) + (content.plain?.length ?? 0);
      for (const attachment of content.attachments) characters += attachment.content.length;
    }
  }
  return characters;
}
