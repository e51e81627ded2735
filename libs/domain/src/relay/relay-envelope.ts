export type RecipientClass = 'to' | 'cc' | 'bcc';

export interface ClassifiedRecipient {
  readonly email: string;
  readonly type: RecipientClass;
}

/**
 * The envelope recipients of a relayed mail, each address once whatever its letter case, with the place where the mail names
 * them: its To field, its Cc field, or none of both, which makes a blind copy. Order and spelling are the envelope's.
 */
export const classifyRecipients = (
  envelope: readonly string[],
  named: { readonly to: readonly string[]; readonly cc: readonly string[] },
): readonly ClassifiedRecipient[] => {
  const lower = (addresses: readonly string[]) => new Set(addresses.map((address) => address.toLowerCase()));
  const [to, cc] = [lower(named.to), lower(named.cc)];
  const recipients = new Map<string, ClassifiedRecipient>();
  for (const email of envelope) {
    const key = email.toLowerCase();
    const type = to.has(key) ? 'to' : cc.has(key) ? 'cc' : 'bcc';
    if (!recipients.has(key)) recipients.set(key, { email, type });
  }
  return [...recipients.values()];
};

/** The first class that has more recipients than it may, or nothing. */
export const exceededClass = (
  recipients: readonly ClassifiedRecipient[],
  limits: Readonly<Record<RecipientClass, number>>,
): RecipientClass | undefined =>
  (['to', 'cc', 'bcc'] as const).find(
    (type) => recipients.filter((recipient) => recipient.type === type).length > limits[type],
  );
