import ipaddr from 'ipaddr.js';

/** Bits of an IPv6 address that one customer line has to itself; the rest it may choose freely. */
const IPV6_LINE_BITS = 64;

/** Some proxies write the port of the client as well. */
const WITH_PORT = /^(?:\[([0-9a-f:.]+)\](?::\d+)?|([0-9.]+):\d+)$/i;

/**
 * Whom requests from an address are counted for: an IPv4 address, or the /64 of an IPv6 address (`2001:db8:0:1::/64`).
 * An IPv4 address in IPv6 clothes is that IPv4 address. What is no address is one network, `unknown`.
 */
export function networkOf(text: string): string {
  const address =
    WITH_PORT.exec(text)
      ?.slice(1)
      .find((part) => part !== undefined) ?? text;
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const bytes = parsed.toByteArray().fill(0, IPV6_LINE_BITS / 8);
  return `${ipaddr.fromByteArray(bytes).toString()}/${IPV6_LINE_BITS}`;
}
