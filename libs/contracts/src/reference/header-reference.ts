import { timingSafeEqual } from 'node:crypto';
import type { MailContext } from '../sending/stored-mail.js';
import { ReferenceReader } from './reference-reader.js';
import {
  mac,
  mintToken,
  type MailReference,
  type MailReferenceDetails,
  type ReferenceReading,
} from './mail-reference.js';

export const REFERENCE_HEADER = 'X-EG-Ref';

const SIGNATURE_BYTES = 16;
const CONTEXT_KEYS = ['templateId', 'listId', 'subscriberId', 'journeyId', 'actionId'] as const;

/**
 * Value of the `X-EG-Ref` header: `2.<token>.<base64url of the details>.<base64url of 16 MAC bytes>`. The token in it is the one of
 * the ENVID and the VERP sender, so that whoever has verified the header need only compare them. The details are lines of UTF-8:
 * recipient, sender domain, method, recipient type, time of acceptance, the five ids of the context with commas between, and a
 * line for each tag.
 */
export function mintHeaderReference(
  key: Buffer,
  reference: MailReference,
  { recipient, senderDomain, method, recipientType, acceptedAt, context, tags }: MailReferenceDetails,
): string {
  const ids = CONTEXT_KEYS.map((name) => context[name] ?? '').join(',');
  const lines = [recipient, senderDomain, method, recipientType, acceptedAt, ids, ...tags];
  // None of them has a line break; one that had must not become two.
  const text = lines.map((line) => `${line}`.replaceAll('\n', ' ')).join('\n');
  const body = `${mintToken(key, reference)}.${Buffer.from(text).toString('base64url')}`;
  const signature = mac(key, 'header-2', Buffer.from(body)).subarray(0, SIGNATURE_BYTES);
  return `2.${body}.${signature.toString('base64url')}`;
}

/** Reads an `X-EG-Ref` cell of any version. White space that header folding left inside is no part of it. */
export function readHeaderReference(key: Buffer, text: string): ReferenceReading {
  const compact = text.replaceAll(/\s+/g, '');
  if (compact === '') return { status: 'foreign' };
  return compact.startsWith('1.') ? readVersion1(key, compact) : readVersion2(key, compact);
}

function readVersion2(key: Buffer, compact: string): ReferenceReading {
  const reader = new ReferenceReader(key);
  const bytes = Buffer.from(compact);
  if (!reader.readHeader(bytes, 0, bytes.length)) return { status: 'forged' };
  const { userId, domainId, recipientNo } = reader;
  const reference = { userId, domainId, recipientNo, messageId: reader.messageId.toString('latin1') };
  const [recipient = '', senderDomain = '', method = '', recipientType = '', acceptedAt, ids = '', ...tags] =
    reader.details.toString('utf8').split('\n');
  return {
    status: 'authentic',
    reference,
    details: {
      recipient,
      senderDomain,
      method: method === 'smtp' ? 'smtp' : 'api',
      recipientType: recipientType === 'cc' || recipientType === 'bcc' ? recipientType : 'to',
      tags,
      acceptedAt: Number(acceptedAt),
      context: contextOf(ids),
    },
  };
}

function contextOf(ids: string): MailContext {
  const given = ids.split(',');
  return Object.fromEntries(
    CONTEXT_KEYS.flatMap((name, at) => (given[at] ? [[name, Number(given[at])] as const] : [])),
  );
}

/** Mail of earlier releases carries `1.<base64url of a JSON object>.<base64url of 16 MAC bytes>`. */
interface Claim1 {
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

function readVersion1(key: Buffer, compact: string): ReferenceReading {
  // The header is ours by name: whatever does not authenticate under it is a forgery or damage, never "not ours".
  const [, body, signature, ...more] = compact.split('.');
  if (!body || !signature || more.length > 0) return { status: 'forged' };
  const expected = mac(key, 'header-1', Buffer.from(body)).subarray(0, SIGNATURE_BYTES);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { status: 'forged' };
  const claim = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claim1;
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
