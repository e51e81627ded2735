import { MAX_HOST_LENGTH, type ToAscii, asciiHostOf, withoutBlanksAround } from './domain-name.js';
import { isOwnIpv4, isOwnIpv6, looksLikeIpv4, parseIpv4, parseIpv6 } from './ip-literal.js';

/** Characters of an address that a webhook may have; the room it has in the API's tables. */
export const MAX_URL_LENGTH = 2048;

const MAX_PORT = 65535;
/** RFC 3986, 2: the characters that a URL consists of. No blank, no control, no backslash, nothing outside ASCII. */
const URL_TEXT = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/;
const URL_PARTS = /^https?:\/\/(?<authority>[^/?#]+)(?:[/?#]|$)/i;
const AUTHORITY = /^(?<userinfo>.*@)?(?<host>\[[^\][]*\]|[^:[\]@]*)(?::(?<port>\d{1,5})?)?$/;
/** As in domain names, plus the underscore that some receivers' host names have. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Scheme and user information, then a host with a character outside ASCII. */
// oxlint-disable-next-line no-control-regex
const INTERNATIONAL_HOST = /^(https?:\/\/(?:[^/?#@]*@)?)([^/?#@:]*[^\x00-\x7f/?#@:][^/?#@:]*)/i;

/** The address as it is judged and stored: without blanks around, an international host in ASCII; else as it was written. */
export const webhookUrlOf = (text: string, toAscii: ToAscii): string =>
  withoutBlanksAround(text).replace(
    INTERNATIONAL_HOST,
    (_, before: string, host: string) => before + (asciiHostOf(host, toAscii) ?? host),
  );

export type WebhookUrlVerdict = 'allowed' | 'webhook-url-invalid' | 'webhook-host-forbidden';

/**
 * Whether customers may register this address. A host that cannot be read is invalid rather than harmless.
 *
 * Forbidden: `localhost` and below, `local` and below, and every notation of a loopback or unspecified
 * address; letter case, a trailing dot and brackets make no difference. What a name resolves to is asked
 * before the decision, and again where the connection is made. User information is refused (RFC 9110,
 * 4.2.4: it may hide the real host); it would also carry a password into events and topics.
 */
export const judgeWebhookUrl = (url: string): WebhookUrlVerdict => {
  if (url.length > MAX_URL_LENGTH || !URL_TEXT.test(url)) return 'webhook-url-invalid';
  const authority = URL_PARTS.exec(url)?.groups?.['authority'];
  const parts = authority === undefined ? undefined : AUTHORITY.exec(authority)?.groups;
  if (parts === undefined) return 'webhook-url-invalid';
  const port = Number(parts['port'] ?? '443');
  if (port < 1 || port > MAX_PORT) return 'webhook-url-invalid';
  const verdict = judgeHost((parts['host'] ?? '').toLowerCase());
  return verdict === 'allowed' && parts['userinfo'] !== undefined ? 'webhook-url-invalid' : verdict;
};

const judgeHost = (host: string): WebhookUrlVerdict => {
  if (host.startsWith('[')) {
    const groups = parseIpv6(host.slice(1, -1));
    if (groups === undefined) return 'webhook-url-invalid';
    return isOwnIpv6(groups) ? 'webhook-host-forbidden' : 'allowed';
  }
  const name = host.replace(/\.$/, '');
  if (looksLikeIpv4(name)) {
    const address = parseIpv4(name);
    if (address === undefined) return 'webhook-url-invalid';
    return isOwnIpv4(address) ? 'webhook-host-forbidden' : 'allowed';
  }
  const labels = name.split('.');
  if (name.length > MAX_HOST_LENGTH || !labels.every((label) => LABEL.test(label)))
    return 'webhook-url-invalid';
  const top = labels.at(-1);
  return top === 'localhost' || top === 'local' ? 'webhook-host-forbidden' : 'allowed';
};
