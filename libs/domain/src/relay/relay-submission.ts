/** A mail that was queued under a UUID. */
export interface QueuedSubmission {
  /** Addresses of its envelope. */
  readonly recipients: readonly string[];
  /** The message as it is sent. */
  readonly content: string;
}

/**
 * The recipients of a submission that no mail was queued for. A UUID and a recipient, whatever the letter case of its address,
 * name one mail: a repeated call has nothing left, and a recipient that comes under the same UUID later gets a mail of its own.
 *
 * @param queued mails that were queued under the submission's UUID before
 * @returns `other-content` when a recipient has a mail with another content: one of the two would be lost without a word
 */
export function leftToQueue<Recipient extends { readonly email: string }>(
  submission: { readonly recipients: readonly Recipient[]; readonly content: string },
  queued: readonly QueuedSubmission[],
): readonly Recipient[] | 'other-content' {
  const contents = new Map(
    queued.flatMap(({ recipients, content }) => recipients.map((email) => [email.toLowerCase(), content])),
  );
  const left: Recipient[] = [];
  for (const recipient of submission.recipients) {
    const content = contents.get(recipient.email.toLowerCase());
    if (content === undefined) left.push(recipient);
    else if (content !== submission.content) return 'other-content';
  }
  return left;
}
