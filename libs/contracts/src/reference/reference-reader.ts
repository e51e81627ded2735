import { hash } from 'node:crypto';
import { BODY_BYTES, TOKEN_LENGTH } from './mail-reference.js';

const BLOCK = 64;
const DIGEST = 32;
/** `2.` */
const PREFIX_LENGTH = 2;
/** Base64url characters of the 16 MAC bytes. */
const SIGNATURE_LENGTH = 22;
const SIGNATURE_BYTES = 16;
const TOKEN_BYTES = 37;
const HEADER_PURPOSE = 'eg-ref-header-2\n';
const TOKEN_PURPOSE = 'eg-ref-token-1\n';
/** Where the signed text of a header begins in its MAC's input: behind the padded key and the purpose. */
const BODY_AT = BLOCK + HEADER_PURPOSE.length;
/** The same for the bytes of a token. */
const TOKEN_AT = BLOCK + TOKEN_PURPOSE.length;
/** Characters of the longest header that is read; more is no reference. */
const LONGEST = 65_536;
/** References of mail with a few tags are shorter than this. */
const MOST_KEPT = 1_024;
const DOT = 0x2e;
/** What folding may leave, and everything below it. */
const BLANK = 0x20;
const HEX = Buffer.from('0123456789abcdef');

const BASE64URL = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const BASE32 = tableOf('abcdefghijklmnopqrstuvwxyz234567');

/**
 * Reads references as bytes, one after another, into itself: every row of an accounting file has one, and strings, objects and a
 * fresh HMAC for each cost more than everything else that is done with the row. The HMAC (RFC 2104) is two hashes here, because
 * Node's object for it costs twice as much as both.
 */
export class ReferenceReader {
  userId = 0;
  domainId = 0;
  recipientNo = 0;
  /** The UUID as text. */
  readonly messageId = Buffer.alloc(36, '-', 'latin1');
  /** `details` are its first `detailsLength` bytes; see `mintHeaderReference` for what they hold. */
  detailsBytes = Buffer.alloc(2_048);
  detailsLength = 0;

  /** Input of the inner hash: key pad, purpose, then the signed text of the last header. */
  private header: Buffer;
  private beginnings: (Buffer | undefined)[] = [];
  /** Input of the inner hash for the 27 bytes of a token. */
  private readonly token: Buffer;
  private readonly outer: Buffer;
  private readonly signature = Buffer.alloc(SIGNATURE_BYTES);
  private readonly tokenBytes = Buffer.alloc(TOKEN_BYTES);

  /** @param key EG_REFERENCE_KEY as bytes */
  constructor(key: Buffer) {
    const block = Buffer.alloc(BLOCK);
    (key.length > BLOCK ? hash('sha256', key, 'buffer') : key).copy(block);
    const padded = (pad: number, size: number, purpose = '') => {
      const input = Buffer.alloc(size);
      for (let at = 0; at < BLOCK; at += 1) input[at] = (block[at] as number) ^ pad;
      input.write(purpose, BLOCK);
      return input;
    };
    this.header = padded(0x36, 4_096, HEADER_PURPOSE);
    this.token = padded(0x36, TOKEN_AT + BODY_BYTES, TOKEN_PURPOSE);
    this.outer = padded(0x5c, BLOCK + DIGEST);
  }

  get details(): Buffer {
    return this.detailsBytes.subarray(0, this.detailsLength);
  }

  /**
   * Reads an `X-EG-Ref` cell.
   *
   * @param bytes the cell, from `from` up to `to`; blanks that folding left inside are no part of it
   * @returns whether it is an authentic reference of version 2; what it says is here until the next call
   */
  readHeader(bytes: Buffer, from: number, to: number): boolean {
    if (to - from > LONGEST) return false;
    let start = from;
    while (start < to && (bytes[start] as number) <= BLANK) start += 1;
    if (bytes[start] !== 0x32 || bytes[start + 1] !== DOT) return false;
    start += PREFIX_LENGTH;
    this.makeRoom(to - start);
    // Hardly one was folded, and what is copied as it is costs a fifth of what is copied byte by byte.
    bytes.copy(this.header, BODY_AT, start, to);
    if (this.isAuthentic(to - start)) return true;
    const length = this.compact(bytes, start, to);
    return length < to - start && this.isAuthentic(length);
  }

  /**
   * Reads a token of 60 characters, in lower case. There are no details then.
   *
   * @returns whether it is authentic; what it says is here until the next call
   */
  readToken(bytes: Uint8Array, from: number): boolean {
    const { header, token, tokenBytes } = this;
    for (let at = 0; at < TOKEN_LENGTH; at += 1) header[BODY_AT + at] = bytes[from + at] as number;
    this.detailsLength = 0;
    if (!this.decodeToken()) return false;
    tokenBytes.copy(token, TOKEN_AT, 0, BODY_BYTES);
    return this.isSigned(token, tokenBytes, BODY_BYTES, TOKEN_BYTES - BODY_BYTES);
  }

  /** Whether the text, 60 characters from `from` on, is the token of the reference that was read. */
  isToken(bytes: Uint8Array, from: number): boolean {
    for (let at = 0; at < TOKEN_LENGTH; at += 1)
      if (bytes[from + at] !== this.header[BODY_AT + at]) return false;
    return true;
  }

  /** Whether the text of this length in `header` is a signed reference; takes it apart. */
  private isAuthentic(length: number): boolean {
    const { header } = this;
    const signedLength = length - 1 - SIGNATURE_LENGTH;
    const end = BODY_AT + signedLength;
    if (signedLength < TOKEN_LENGTH + 1 || header[BODY_AT + TOKEN_LENGTH] !== DOT || header[end] !== DOT)
      return false;
    if (decode64(header, end + 1, end + 1 + SIGNATURE_LENGTH, this.signature) !== SIGNATURE_BYTES)
      return false;
    if (!this.isSigned(this.signed(end), this.signature, 0, SIGNATURE_BYTES)) return false;
    return this.decodeToken() && this.decodeDetails(BODY_AT + TOKEN_LENGTH + 1, end);
  }

  /** The beginning of `header` up to there; kept, because lengths repeat and a view each time costs a tenth of the hash. */
  private signed(end: number): Buffer {
    return end < MOST_KEPT
      ? (this.beginnings[end] ??= this.header.subarray(0, end))
      : this.header.subarray(0, end);
  }

  private makeRoom(length: number): void {
    if (length + BODY_AT <= this.header.length) return;
    const larger = Buffer.alloc(2 * (length + BODY_AT));
    this.header.copy(larger, 0, 0, BODY_AT);
    this.header = larger;
    this.beginnings = [];
  }

  /** Copies a text without its blanks. @returns its length */
  private compact(bytes: Uint8Array, from: number, to: number): number {
    const { header } = this;
    let at = BODY_AT;
    for (let index = from; index < to; index += 1) {
      const byte = bytes[index] as number;
      if (byte > BLANK) header[at++] = byte;
    }
    return at - BODY_AT;
  }

  /**
   * Whether these are the first bytes of the input's HMAC. In constant time: every one is looked at. The hashes come as text, a byte
   * per character, because Node makes a new buffer at four times the cost of the hash.
   */
  private isSigned(input: Buffer, signature: Buffer, from: number, length: number): boolean {
    const { outer } = this;
    const inner = hash('sha256', input, 'binary');
    for (let at = 0; at < DIGEST; at += 1) outer[BLOCK + at] = inner.charCodeAt(at);
    const expected = hash('sha256', outer, 'binary');
    let difference = 0;
    for (let at = 0; at < length; at += 1)
      difference |= expected.charCodeAt(at) ^ (signature[from + at] as number);
    return difference === 0;
  }

  private decodeToken(): boolean {
    const { header, tokenBytes, messageId } = this;
    if (!decode32(header, BODY_AT, tokenBytes) || tokenBytes[0] !== 1) return false;
    this.userId = tokenBytes.readUInt32BE(1);
    this.domainId = tokenBytes.readUInt32BE(5);
    this.recipientNo = tokenBytes.readUInt16BE(9);
    let place = 0;
    for (let at = 11; at < BODY_BYTES; at += 1) {
      // The dashes of a UUID stand in front of its bytes 4, 6, 8 and 10.
      if (at === 15 || at === 17 || at === 19 || at === 21) place += 1;
      const byte = tokenBytes[at] as number;
      messageId[place++] = HEX[byte >> 4] as number;
      messageId[place++] = HEX[byte & 15] as number;
    }
    return true;
  }

  private decodeDetails(from: number, to: number): boolean {
    if (this.detailsBytes.length < to - from) this.detailsBytes = Buffer.alloc(2 * (to - from));
    const length = decode64(this.header, from, to, this.detailsBytes);
    this.detailsLength = Math.max(0, length);
    return length >= 0;
  }
}

/** Decodes base64url without padding. @returns the bytes written; -1 when it is none, or has bits that say nothing */
function decode64(text: Uint8Array, from: number, to: number, into: Uint8Array): number {
  const rest = (to - from) & 3;
  let out = 0;
  let at = from;
  // Four characters are three bytes; an invalid one makes the number negative.
  for (; at < to - rest; at += 4) {
    const bits =
      (value64(text, at) << 18) |
      (value64(text, at + 1) << 12) |
      (value64(text, at + 2) << 6) |
      value64(text, at + 3);
    if (bits < 0) return -1;
    into[out] = bits >> 16;
    into[out + 1] = bits >> 8;
    into[out + 2] = bits;
    out += 3;
  }
  if (rest === 0) return out;
  const third = rest === 3 ? value64(text, at + 2) : 0;
  const bits = (value64(text, at) << 12) | (value64(text, at + 1) << 6) | third;
  const unused = rest === 3 ? 0b11 : 0b1111_111111;
  if (rest === 1 || bits < 0 || (bits & unused) !== 0) return -1;
  into[out++] = bits >> 10;
  if (rest === 3) into[out++] = bits >> 2;
  return out;
}

/** Decodes the 60 base32 characters of a token to 37 bytes. @returns false when it is none, or has bits that say nothing */
function decode32(text: Uint8Array, from: number, into: Uint8Array): boolean {
  let out = 0;
  let at = from;
  // Eight characters are five bytes, here in two halves of 20 bits.
  for (; at < from + 56; at += 8) {
    const high = bits20(text, at);
    const low = bits20(text, at + 4);
    if ((high | low) < 0) return false;
    into[out] = high >> 12;
    into[out + 1] = high >> 4;
    into[out + 2] = (high << 4) | (low >> 16);
    into[out + 3] = low >> 8;
    into[out + 4] = low;
    out += 5;
  }
  const last = bits20(text, at);
  into[out] = last >> 12;
  into[out + 1] = last >> 4;
  return last >= 0 && (last & 0b1111) === 0;
}

const value64 = (text: Uint8Array, at: number): number => BASE64URL[text[at] as number] as number;
const value32 = (text: Uint8Array, at: number): number => BASE32[text[at] as number] as number;
const bits20 = (text: Uint8Array, at: number): number =>
  (value32(text, at) << 15) |
  (value32(text, at + 1) << 10) |
  (value32(text, at + 2) << 5) |
  value32(text, at + 3);

/** The value of each character, -1 for those that have none. */
function tableOf(alphabet: string): Int32Array {
  const table = new Int32Array(256).fill(-1);
  for (let value = 0; value < alphabet.length; value += 1) table[alphabet.charCodeAt(value)] = value;
  return table;
}
