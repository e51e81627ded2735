import { readHeaderReference, readToken, tokenFromVerp } from '#contracts/reference/mail-reference';
import type {
  MailReference,
  MailReferenceDetails,
  ReferenceReading,
} from '#contracts/reference/mail-reference';
import type { Row } from '../parse/row.js';

export type Correlation =
  | { status: 'ours'; reference: MailReference; details: MailReferenceDetails | undefined }
  | { status: 'not-ours' }
  /** In our form but not by our key, or two references that name different mails. */
  | { status: 'forged' };

/** Readings that are kept: rows of one mail (`r`, `t`, `d`) repeat its references. About 10 MB, so longer texts are not kept. */
const CACHED = 10_000;
const LONGEST_CACHED = 1_000;

/**
 * Finds the mail that a row speaks of, from what mail-sender put into the mail: the `X-EG-Ref` header, the envelope id, the
 * envelope sender, in this order. All that are there must authenticate and agree.
 */
export class Correlator {
  private readonly readings = new Map<string, ReferenceReading>();

  /** @param key EG_REFERENCE_KEY as bytes. */
  constructor(private readonly key: Buffer) {}

  correlate(row: Row): Correlation {
    const header = row.get('header_x-eg-ref');
    const envelopeId = row.get('envid');
    const verpToken = tokenFromVerp(row.get('orig'));
    const readings = [
      ...(header ? [this.read(header, readHeaderReference)] : []),
      ...(envelopeId ? [this.read(envelopeId, readToken)] : []),
      ...(verpToken && verpToken !== envelopeId ? [this.read(verpToken, readToken)] : []),
    ];
    if (readings.some((reading) => reading.status === 'forged')) return { status: 'forged' };
    const authentic = readings.filter((reading) => reading.status === 'authentic');
    const [first] = authentic;
    if (!first) return { status: 'not-ours' };
    if (!authentic.every(({ reference }) => sameMail(reference, first.reference)))
      return { status: 'forged' };
    return { status: 'ours', reference: first.reference, details: first.details };
  }

  private read(text: string, reader: (key: Buffer, text: string) => ReferenceReading): ReferenceReading {
    const cached = this.readings.get(text);
    if (cached) {
      // Most recently used last: a Map keeps the order of insertion.
      this.readings.delete(text);
      this.readings.set(text, cached);
      return cached;
    }
    const reading = reader(this.key, text);
    if (text.length > LONGEST_CACHED) return reading;
    this.readings.set(text, reading);
    if (this.readings.size > CACHED) {
      const oldest = this.readings.keys().next().value;
      if (oldest !== undefined) this.readings.delete(oldest);
    }
    return reading;
  }
}

function sameMail(one: MailReference, other: MailReference): boolean {
  return (
    one.messageId === other.messageId &&
    one.recipientNo === other.recipientNo &&
    one.userId === other.userId &&
    one.domainId === other.domainId
  );
}
