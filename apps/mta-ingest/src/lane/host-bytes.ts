const SPACE = 0x20;
const OPEN = 0x28;
const CLOSE = 0x29;

/**
 * `parseMta` on the bytes of a printable ASCII cell, into itself: a large receiver has more hosts than a memo holds. It must say what
 * that function says.
 */
export class HostBytes {
  /** Where the host's name is. */
  from = 0;
  to = 0;
  /** Where its address is; both equal = none. */
  ipFrom = 0;
  ipTo = 0;

  read(bytes: Buffer, from: number, to: number): void {
    let start = from;
    let end = to;
    while (start < end && bytes[start] === SPACE) start += 1;
    while (start < end && bytes[end - 1] === SPACE) end -= 1;
    this.from = start;
    this.to = end;
    this.ipFrom = this.ipTo = end;
    if (start === end || bytes[end - 1] !== CLOSE) return;
    let open = end - 2;
    while (open >= start && bytes[open] !== OPEN) {
      if (!isOfAddress(bytes[open] as number)) return;
      open -= 1;
    }
    if (open < start || open === end - 2) return;
    this.ipFrom = open + 1;
    this.ipTo = end - 1;
    while (open > start && bytes[open - 1] === SPACE) open -= 1;
    this.to = open;
  }
}

/** Digits of IPv4 and IPv6 addresses, dots and colons. */
const isOfAddress = (byte: number): boolean =>
  (byte >= 0x2e && byte <= 0x3a && byte !== 0x2f) || ((byte | SPACE) >= 0x61 && (byte | SPACE) <= 0x66);
