import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a webhook request proves, one answer per signature that it carries. */
export interface SignatureChecks {
  /** `webhook-signature` of Standard Webhooks. */
  standardWebhooks: boolean;
  /** `X-Octeth-Signature`. */
  octethSignature: boolean;
  /** `signature` inside the body. */
  body: boolean;
}

/** Header values by lower-case name. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** HMAC-SHA256 over the concatenated parts. */
export function hmac(key: Buffer, ...parts: (string | Buffer)[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

const equal = (given: Buffer, wanted: Buffer): boolean =>
  given.length === wanted.length && timingSafeEqual(given, wanted);

const equalHex = (given: string, wanted: Buffer): boolean =>
  /^[0-9a-f]{64}$/.test(given) && equal(Buffer.from(given, 'hex'), wanted);

const one = (headers: Headers, name: string): string => {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
};

/** Standard Webhooks: any `v1,<base64>` of the space separated list signs `id.timestamp.body`. */
export function verifyStandardWebhooks(key: Buffer, headers: Headers, body: Buffer): boolean {
  const id = one(headers, 'webhook-id');
  const timestamp = one(headers, 'webhook-timestamp');
  if (id === '' || !/^\d+$/.test(timestamp)) return false;
  const wanted = hmac(key, `${id}.${timestamp}.`, body);
  return one(headers, 'webhook-signature')
    .split(' ')
    .some((entry) => entry.startsWith('v1,') && equal(Buffer.from(entry.slice(3), 'base64'), wanted));
}

/** `t=<unix>,v1=<lower-case hex>` signs `t.body`. */
export function verifyOctethSignature(key: Buffer, headers: Headers, body: Buffer): boolean {
  const match = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(one(headers, 'x-octeth-signature'));
  if (match?.[1] === undefined || match[2] === undefined) return false;
  return equalHex(match[2], hmac(key, `${match[1]}.`, body));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{"signature": {"timestamp", "token", "signature"}}`: lower-case hex over timestamp and token. */
export function verifyBodySignature(key: Buffer, body: Buffer): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return false;
  }
  const part = isObject(parsed) ? parsed.signature : undefined;
  if (!isObject(part)) return false;
  const { timestamp, token, signature } = part;
  const isTime = typeof timestamp === 'string' || typeof timestamp === 'number';
  if (!isTime || typeof token !== 'string' || token === '' || typeof signature !== 'string') return false;
  return equalHex(signature, hmac(key, `${timestamp}${token}`));
}

/** All three. The key is the displayed text; its characters are the bytes. */
export function checkSignatures(keyText: string, headers: Headers, body: Buffer): SignatureChecks {
  const key = Buffer.from(keyText, 'utf8');
  return {
    standardWebhooks: verifyStandardWebhooks(key, headers, body),
    octethSignature: verifyOctethSignature(key, headers, body),
    body: verifyBodySignature(key, body),
  };
}
