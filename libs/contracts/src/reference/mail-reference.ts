import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { MailContext } from '../sending/stored-mail.js';

/**
 * How an accounting row finds its way home without a database: every mail we inject carries a reference that is
 * authenticated with EG_REFERENCE_KEY, so that a forged header cannot write into a tenant.
 *
 * Two forms of one fact:
 * - the token, 60 characters of lower-case base32, fits an ENVID and the local part of a VERP address (64 octets,
 *   RFC 5321 4.5.3.1.1; lower case only, because mail servers fold it);
 * - the header reference (`X-EG-Ref`, header-reference.ts), which adds what documents show and the row does not carry.
 */
export interface MailReference {
  userId: number;
  domainId: number;
  /** The UUID that the send call returned. */
  messageId: string;
  /** Position of the envelope recipient in the message, 0..65535. */
  recipientNo: number;
}

/** What only the header form carries. */
export interface MailReferenceDetails {
  /** The envelope recipient as the caller wrote it; empty when the reference does not say. */
  recipient: string;
  senderDomain: string;
  method: 'api' | 'smtp';
  recipientType: 'to' | 'cc' | 'bcc';
  tags: readonly string[];
  /** Unix milliseconds at which the gateway accepted the message. */
  acceptedAt: number;
  /** What the mail was sent for. */
  context: MailContext;
}

export type ReferenceReading =
  | { status: 'authentic'; reference: MailReference; details?: MailReferenceDetails }
  /** Not in our form at all: mail of somebody else, or a foreign envelope id. */
  | { status: 'foreign' }
  /** In our form, but not authenticated by our key: altered or forged. */
  | { status: 'forged' };

const VERSION = 1;
/** Of the token: version 1, user 4, domain 4, recipient number 2, message id 16; big endian. */
export const BODY_BYTES = 27;
const MAC_BYTES = 10;
/** Characters of a token. */
export const TOKEN_LENGTH = 60;
const TOKEN = /^[a-z2-7]{60}$/;
const VERP_PREFIX = 'b-';
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** The compact form. @param key EG_REFERENCE_KEY as bytes. */
export function mintToken(key: Buffer, reference: MailReference): string {
  const bytes = Buffer.alloc(BODY_BYTES);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt32BE(reference.userId, 1);
  bytes.writeUInt32BE(reference.domainId, 5);
  bytes.writeUInt16BE(reference.recipientNo, 9);
  Buffer.from(reference.messageId.replaceAll('-', ''), 'hex').copy(bytes, 11);
  return toBase32(Buffer.concat([bytes, mac(key, 'token-1', bytes).subarray(0, MAC_BYTES)]));
}

/** Reads an ENVID (or the token of a VERP address). */
export function readToken(key: Buffer, text: string): ReferenceReading {
  const folded = text.trim().toLowerCase();
  if (!TOKEN.test(folded)) return { status: 'foreign' };
  const bytes = fromBase32(folded, BODY_BYTES + MAC_BYTES);
  const body = bytes.subarray(0, BODY_BYTES);
  // Sixty characters of this alphabet are nobody else's; the last one has four bits that say nothing.
  if (body[0] !== VERSION || (ALPHABET.indexOf(folded.slice(-1)) & 15) !== 0) return { status: 'forged' };
  if (!timingSafeEqual(mac(key, 'token-1', body).subarray(0, MAC_BYTES), bytes.subarray(BODY_BYTES))) {
    return { status: 'forged' };
  }
  const uuid = body.toString('hex', 11);
  return {
    status: 'authentic',
    reference: {
      userId: body.readUInt32BE(1),
      domainId: body.readUInt32BE(5),
      recipientNo: body.readUInt16BE(9),
      messageId: [
        uuid.slice(0, 8),
        uuid.slice(8, 12),
        uuid.slice(12, 16),
        uuid.slice(16, 20),
        uuid.slice(20),
      ].join('-'),
    },
  };
}

/** Envelope sender `b-<token>@<mfrom host>`, so that asynchronous bounces name their message. */
export function verpSender(token: string, mfromHost: string): string {
  return `${VERP_PREFIX}${token}@${mfromHost}`;
}

/** The token in a VERP address of ours, or undefined. */
export function tokenFromVerp(address: string): string | undefined {
  const local = address.trim().replace(/^</, '').split('@', 1)[0]?.toLowerCase() ?? '';
  return local.startsWith(VERP_PREFIX) && TOKEN.test(local.slice(2)) ? local.slice(2) : undefined;
}

/** Building the key object costs four times as much as the MAC itself, so each key is built once. */
const keyObjects = new WeakMap<Buffer, KeyObject>();

/** HMAC-SHA256; the purpose is part of it, so that no form can be passed off as another. */
export function mac(key: Buffer, purpose: 'token-1' | 'header-1' | 'header-2', body: Buffer): Buffer {
  let object = keyObjects.get(key);
  if (!object) keyObjects.set(key, (object = createSecretKey(key)));
  return createHmac('sha256', object).update(`eg-ref-${purpose}\n`).update(body).digest();
}

/** RFC 4648 base32, lower case, no padding. */
function toBase32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

function fromBase32(text: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of text) {
    held = (held << 5) | ALPHABET.indexOf(character);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      if (at < length) bytes[at++] = (held >> bits) & 255;
      held &= (1 << bits) - 1;
    }
  }
  return bytes;
}
