import { domainToASCII } from 'node:url';

/** RFC 5322 atext, dots inside: what mail servers take in practice. Quoted local parts are refused. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** RFC 5321 4.5.3.1: octets of a local part and of a path without its angle brackets. */
const MOST_LOCAL_OCTETS = 64;
const MOST_ADDRESS_OCTETS = 254;

/**
 * An email address as SMTP can carry it: the local part as written, the domain in ASCII (international names become
 * punycode). `undefined` when it is no address.
 */
export function parseAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at);
  const written = trimmed.slice(at + 1);
  // An ASCII domain keeps its spelling; domainToASCII would fold it.
  // oxlint-disable-next-line no-control-regex
  const domain = /^[\x00-\x7f]*$/.test(written) ? written : domainToASCII(written);
  const address = `${local}@${domain}`;
  const valid =
    at > 0 &&
    local.length <= MOST_LOCAL_OCTETS &&
    address.length <= MOST_ADDRESS_OCTETS &&
    LOCAL_PART.test(local) &&
    isDomain(domain);
  return valid ? address : undefined;
}

/** Lower-case domain of a valid address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  return (
    labels.length > 1 && labels.every((label) => LABEL.test(label)) && !/^[0-9]+$/.test(labels.at(-1) ?? '')
  );
}
