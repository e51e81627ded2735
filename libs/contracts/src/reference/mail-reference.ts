import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { MailContext } from '../sending/stored-mail.js';

/**
 * How an accounting row finds its way home without a database: every mail we inject carries a reference that is
 * authenticated with EG_REFERENCE_KEY, so that a forged header cannot write into a tenant.
 *
 * Two forms of one fact:
 * - the token, 60 characters of lower-case base32, fits an ENVID and the local part of a VERP address (64 octets,
 *   RFC 5321 4.5.3.1.1; lower case only, because mail servers fold it);
 * - the header reference (`X-EG-Ref`), which adds what documents show and the row does not carry.
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

export const REFERENCE_HEADER = 'X-EG-Ref';

const VERSION = 1;
const BODY_BYTES = 27;
const MAC_BYTES = 10;
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
  return toBase32(Buffer.concat([bytes, mac(key, 'token', bytes).subarray(0, MAC_BYTES)]));
}

/** Reads an ENVID (or the token of a VERP address). */
export function readToken(key: Buffer, text: string): ReferenceReading {
  const folded = text.trim().toLowerCase();
  if (!TOKEN.test(folded)) return { status: 'foreign' };
  const bytes = fromBase32(folded, BODY_BYTES + MAC_BYTES);
  const body = bytes.subarray(0, BODY_BYTES);
  if (body[0] !== VERSION) return { status: 'foreign' };
  if (!timingSafeEqual(mac(key, 'token', body).subarray(0, MAC_BYTES), bytes.subarray(BODY_BYTES))) {
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

/** Value of the `X-EG-Ref` header: `1.<base64url of a JSON object>.<base64url of 16 MAC bytes>`. */
export function mintHeaderReference(
  key: Buffer,
  reference: MailReference,
  details: MailReferenceDetails,
): string {
  const body = Buffer.from(
    JSON.stringify({
      m: reference.messageId,
      u: reference.userId,
      d: reference.domainId,
      n: reference.recipientNo,
      r: details.recipient,
      s: details.senderDomain,
      w: details.method,
      y: details.recipientType,
      t: details.tags,
      a: details.acceptedAt,
      ...(Object.keys(details.context).length > 0 && { c: details.context }),
    }),
  ).toString('base64url');
  return `${VERSION}.${body}.${mac(key, 'header', Buffer.from(body)).subarray(0, 16).toString('base64url')}`;
}

/** Reads an `X-EG-Ref` cell. White space that header folding left inside is no part of it. */
export function readHeaderReference(key: Buffer, text: string): ReferenceReading {
  const compact = text.replaceAll(/\s+/g, '');
  if (compact === '') return { status: 'foreign' };
  // The header is ours by name: whatever does not authenticate under it is a forgery or damage, never "not ours".
  const parts = compact.split('.');
  const [version, body, signature] = parts;
  if (parts.length !== 3 || version !== String(VERSION) || !body || !signature) return { status: 'forged' };
  const expected = mac(key, 'header', Buffer.from(body)).subarray(0, 16);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { status: 'forged' };
  const claim = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as HeaderClaim;
  return {
    status: 'authentic',
    reference: { messageId: claim.m, userId: claim.u, domainId: claim.d, recipientNo: claim.n },
    details: {
      recipient: claim.r ?? '',
      senderDomain: claim.s,
      method: claim.w,
      recipientType: claim.y,
      tags: claim.t,
      acceptedAt: claim.a,
      context: claim.c ?? {},
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

interface HeaderClaim {
  m: string;
  u: number;
  d: number;
  n: number;
  /** Missing in the first references of development systems; one row of theirs must not stop an ingester. */
  r?: string;
  s: string;
  w: 'api' | 'smtp';
  y: 'to' | 'cc' | 'bcc';
  t: string[];
  a: number;
  /** Missing when the mail was sent for nothing in particular, and in references of earlier versions. */
  c?: MailContext;
}

/** Building the key object costs four times as much as the MAC itself, so each key is built once. */
const keyObjects = new WeakMap<Buffer, KeyObject>();

/** The purpose is part of the MAC, so that neither form can be passed off as the other. */
function mac(key: Buffer, purpose: 'token' | 'header', body: Buffer): Buffer {
  let object = keyObjects.get(key);
  if (!object) keyObjects.set(key, (object = createSecretKey(key)));
  return createHmac('sha256', object).update(`eg-ref-${purpose}-${VERSION}\n`).update(body).digest();
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
