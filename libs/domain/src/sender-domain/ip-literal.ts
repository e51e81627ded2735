/**
 * Addresses as URL parsers read them (WHATWG URL, "host parsing"): an IPv4 address has one to four parts,
 * each decimal, octal or hexadecimal, the last one filling the rest. `127.1`, `0x7f000001` and
 * `2130706433` are all 127.0.0.1.
 */

/** Whether a host would be read as an IPv4 address: its last label is a number. */
export const looksLikeIpv4 = (host: string): boolean => {
  const last = host.split('.').at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
};

/** The address as a number of 32 bits, or undefined when the parts do not make one. */
export const parseIpv4 = (host: string): number | undefined => {
  const parts = host.split('.').map(parseNumber);
  const last = parts.pop();
  if (last === undefined || parts.length > 3) return undefined;
  let address = 0;
  for (const part of parts) {
    if (part === undefined || part > 255) return undefined;
    address = address * 256 + part;
  }
  const room = 256 ** (4 - parts.length);
  return last < room ? address * room + last : undefined;
};

const parseNumber = (text: string): number | undefined => {
  if (/^0x[0-9a-f]*$/i.test(text)) return text.length === 2 ? 0 : Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(?:0|[1-9]\d*)$/.test(text) ? Number.parseInt(text, 10) : undefined;
};

/** The eight 16-bit groups of an IPv6 address in text form, or undefined. Zone identifiers are refused. */
export const parseIpv6 = (text: string): readonly number[] | undefined => {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [groupsOf(halves[0] ?? ''), groupsOf(halves[1] ?? '')];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : undefined;
  // `::` stands for at least one group.
  return missing >= 1 ? [...head, ...Array<number>(missing).fill(0), ...tail] : undefined;
};

const groupsOf = (text: string): readonly number[] | undefined => {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else if (index === parts.length - 1 && /^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(part)) {
      const address = parseIpv4(part);
      if (address === undefined) return undefined;
      groups.push(Math.floor(address / 65536), address % 65536);
    } else return undefined;
  }
  return groups;
};

/** Loopback (127.0.0.0/8) or "this host" (0.0.0.0/8), which systems connect to themselves. */
export const isOwnIpv4 = (address: number): boolean => {
  const first = Math.floor(address / 2 ** 24);
  return first === 127 || first === 0;
};

/** `::1`, `::`, and every notation that carries one of our own IPv4 addresses (mapped, compatible). */
export const isOwnIpv6 = (groups: readonly number[]): boolean => {
  const [high = 0, low = 0] = groups.slice(6);
  const prefix = groups.slice(0, 5).every((group) => group === 0);
  const carrier = groups[5] ?? 0;
  return prefix && (carrier === 0 || carrier === 0xffff) && isOwnIpv4(high * 65536 + low);
};
