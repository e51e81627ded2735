// @ts-check
// Reads and authenticates the references of a row in the plainest way. A copy on purpose: what the product learns must not
// make the reference faster too.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKEN = /^[a-z2-7]{60}$/;
const BODY_BYTES = 27;

/**
 * @typedef {object} Reference
 * @property {string} messageId
 * @property {number} userId
 * @property {number} domainId
 * @property {number} recipientNo
 * @property {{ senderDomain: string, method: string, recipientType: string, acceptedAt: number, tags: string[] }} [details]
 *   what only the header says
 */

/**
 * @param {string} keyHex
 * @param {boolean} authenticate false: what a reference says is believed
 */
export function referenceReader(keyHex, authenticate) {
  const key = createSecretKey(Buffer.from(keyHex, 'hex'));
  /** @param {string} purpose @param {Buffer} body @param {Buffer} given */
  function check(purpose, body, given) {
    if (!authenticate) return;
    const mac = createHmac('sha256', key).update(`eg-ref-${purpose}\n`).update(body).digest();
    if (!timingSafeEqual(mac.subarray(0, given.length), given)) throw new Error('a forged reference');
  }

  /** @param {string} token @returns {Reference} */
  function readToken(token) {
    const bytes = fromBase32(token);
    const body = bytes.subarray(0, BODY_BYTES);
    check('token-1', body, bytes.subarray(BODY_BYTES));
    return factsOf(body);
  }

  /** @param {string} text @returns {Reference} */
  function readHeader(text) {
    const [, token = '', lines = '', signature = ''] = text.split('.');
    check('header-2', Buffer.from(`${token}.${lines}`), Buffer.from(signature, 'base64url'));
    const [, senderDomain = '', method = '', recipientType = '', acceptedAt, , ...tags] = Buffer.from(
      lines,
      'base64url',
    )
      .toString('utf8')
      .split('\n');
    const details = { senderDomain, method, recipientType, acceptedAt: Number(acceptedAt), tags };
    return { ...factsOf(fromBase32(token)), details };
  }

  /**
   * The mail that a row names in its header, its envelope id and its envelope sender: whichever are there, and all must agree.
   * @param {Record<string, string>} row @returns {Reference | undefined}
   */
  return (row) => {
    const { envid = '', orig = '', 'header_x-eg-ref': header = '' } = row;
    const local = orig.split('@', 1)[0]?.toLowerCase() ?? '';
    const tokens = [envid, local.startsWith('b-') ? local.slice(2) : ''].filter((text) => TOKEN.test(text));
    // The header contains the token: one that is the same needs no check of its own.
    const unseen = new Set(tokens.filter((token) => !header.startsWith(`2.${token}.`)));
    const found = [...(header ? [readHeader(header)] : []), ...[...unseen].map(readToken)];
    const [first] = found;
    if (found.some((each) => each.messageId !== first?.messageId || each.recipientNo !== first.recipientNo))
      throw new Error('references that differ');
    return first;
  };
}

/** @param {Buffer} body @returns {Reference} */
function factsOf(body) {
  return {
    userId: body.readUInt32BE(1),
    domainId: body.readUInt32BE(5),
    recipientNo: body.readUInt16BE(9),
    messageId: body.toString('hex', 11, BODY_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  };
}

/** @param {string} text */
function fromBase32(text) {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    held = (held << 5) | ALPHABET.indexOf(character);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
    held &= (1 << bits) - 1;
  }
  return bytes;
}
