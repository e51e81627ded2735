import { readHeaderReference } from '#contracts/reference/header-reference';
import { readToken, tokenFromVerp } from '#contracts/reference/mail-reference';
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
  private readonly headers: Readings;
  private readonly tokens: Readings;

  /** @param key EG_REFERENCE_KEY as bytes. */
  constructor(key: Buffer) {
    this.headers = new Readings((text) => readHeaderReference(key, text));
    this.tokens = new Readings((text) => readToken(key, text));
  }

  correlate(row: Row): Correlation {
    const header = row.get('header_x-eg-ref');
    const envelopeId = row.get('envid');
    const verpToken = tokenFromVerp(row.get('orig'));
    const readings = [
      ...(header ? [this.headers.of(header)] : []),
      ...(envelopeId ? [this.tokens.of(envelopeId)] : []),
      ...(verpToken && verpToken !== envelopeId ? [this.tokens.of(verpToken)] : []),
    ];
    if (readings.some((reading) => reading.status === 'forged')) return { status: 'forged' };
    const authentic = readings.filter((reading) => reading.status === 'authentic');
    const [first] = authentic;
    if (!first) return { status: 'not-ours' };
    if (!authentic.every(({ reference }) => sameMail(reference, first.reference)))
      return { status: 'forged' };
    return { status: 'ours', reference: first.reference, details: first.details };
  }
}

/** Remembers what was read last; two generations, because taking the oldest entry out of one Map again and again is slow. */
class Readings {
  private recent = new Map<string, ReferenceReading>();
  private older = new Map<string, ReferenceReading>();

  constructor(private readonly read: (text: string) => ReferenceReading) {}

  of(text: string): ReferenceReading {
    const reading = this.recent.get(text) ?? this.older.get(text) ?? this.read(text);
    if (text.length > LONGEST_CACHED) return reading;
    this.recent.set(text, reading);
    if (this.recent.size >= CACHED / 2) {
      this.older = this.recent;
      this.recent = new Map();
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
