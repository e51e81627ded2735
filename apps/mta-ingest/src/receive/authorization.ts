import { createHash, timingSafeEqual } from 'node:crypto';

export interface Credentials {
  user: string;
  secret: string;
}

/** Whether an Authorization header is `Bearer SECRET`, or `Basic` with the user and the secret as its password. */
export function isAuthorized(header: string | undefined, { user, secret }: Credentials): boolean {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return isSame(value, secret);
    case 'basic':
      return isSame(Buffer.from(value, 'base64').toString('utf8'), `${user}:${secret}`);
    default:
      return false;
  }
}

/** In a time that tells nothing of how much was right. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
