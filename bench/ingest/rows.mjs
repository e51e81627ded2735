// @ts-check
// Accounting files as PowerMTA writes them, made of a seed: the same seed and size give the same bytes.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { load } from '../gateway/dist.mjs';

const COLUMNS = [
  ...['type', 'timeLogged', 'timeQueued', 'orig', 'rcpt', 'dsnStatus', 'dsnDiag', 'dsnMta', 'bounceCat'],
  ...['dlvType', 'dlvSourceIp', 'dlvDestinationIp', 'dlvSize', 'vmta', 'jobId', 'envId', 'queue'],
  'feedbackType',
];
const HEADER_COLUMNS = ['header_X-EG-Ref', 'header_From', 'header_To', 'header_Subject'];

/** Of 1,000 rows, by type. */
const SHARES = /** @type {const} */ ([
  ['d', 800],
  ['r', 70],
  ['b', 50],
  ['t', 40],
  ['rb', 20],
  ['tq', 10],
  ['f', 10],
]);
const RECIPIENTS_PER_MESSAGE = 2;
/** Remote bounces and complaints speak of a mail that was delivered this many recipients before. */
const LATE_BY = 20_000;
const FIRST_SECOND = Date.UTC(2024, 2, 5, 9) / 1000;
const ROWS_PER_SECOND = 250;
const PIECE_BYTES = 256 * 1024;

const BOUNCES = [
  ['5.1.1 (bad destination mailbox address)', 'smtp;550 5.1.1 no such user here', 'bad-mailbox'],
  ['5.2.2 (mailbox full)', 'smtp;552 5.2.2 over quota, try later', 'quota-issues'],
  ['5.7.1 (delivery not authorized)', 'smtp;554 5.7.1 message "refused" as spam', 'spam-related'],
];

/**
 * @typedef {object} Written
 * @property {number} rows
 * @property {number} bytes of the whole file
 * @property {number} events that the rows make
 * @property {number} receipts that the rows make
 */

/**
 * @param {string} path
 * @param {object} options
 * @param {number} options.rows
 * @param {number} options.seed
 * @param {Buffer} options.key that signs the references
 * @param {boolean} options.headers with the columns of custom headers, `X-EG-Ref` among them
 * @returns {Promise<Written>}
 */
export async function writeRows(path, { rows, seed, key, headers }) {
  const references = {
    ...(await load('libs/contracts/src/reference/mail-reference.js')),
    ...(await load('libs/contracts/src/reference/header-reference.js')),
  };
  const columns = headers ? [...COLUMNS, ...HEADER_COLUMNS] : COLUMNS;
  const file = createWriteStream(path, { highWaterMark: PIECE_BYTES });
  const written = { rows, bytes: 0, events: 0, receipts: 0 };
  let piece = `${columns.join(',')}\r\n`;
  const flush = async () => {
    written.bytes += Buffer.byteLength(piece);
    if (!file.write(piece)) await once(file, 'drain');
    piece = '';
  };
  let recipient = 0;
  for (let no = 0; no < rows; no++) {
    const type = typeOf(mix(seed, no));
    const late = (type === 'rb' || type === 'f') && recipient > LATE_BY;
    const about = mail(late ? recipient - LATE_BY : recipient, { seed, key, headers, references });
    const cells = cellsOf(type, no, about);
    piece += `${columns.map((column) => quoted(cells[column] ?? '')).join(',')}\r\n`;
    if (type === 'd' || type === 'b') recipient += 1;
    written.events += { d: 2, b: 1, rb: 1, f: 1, r: 0, t: 0, tq: 0 }[type];
    if (type === 'r') written.receipts += 1;
    if (piece.length >= PIECE_BYTES) await flush();
  }
  await flush();
  file.end();
  await finished(file);
  return written;
}

/** @param {number} random */
function typeOf(random) {
  let left = random % 1_000;
  for (const [type, share] of SHARES) {
    if (left < share) return type;
    left -= share;
  }
  return 'd';
}

/**
 * @param {number} recipient number over all messages
 * @param {{ seed: number, key: Buffer, headers: boolean, references: any }} options
 */
function mail(recipient, { seed, key, headers, references }) {
  const message = Math.floor(recipient / RECIPIENTS_PER_MESSAGE);
  const random = mix(seed ^ 0x5bd1e995, recipient);
  const domain = `inbox${random % 50}.example`;
  const reference = {
    userId: 1 + (message % 7),
    domainId: 1 + (message % 11),
    messageId: `${hex(mix(seed, message + 1), 8)}-${hex(seed, 4)}-4000-8000-${hex(message, 12)}`,
    recipientNo: recipient % RECIPIENTS_PER_MESSAGE,
  };
  const rcpt = `jane.doe${recipient}@${domain}`;
  const second = FIRST_SECOND + Math.floor(message / ROWS_PER_SECOND);
  const token = references.mintToken(key, reference);
  /** @type {Record<string, string>} */
  const headerCells = headers
    ? {
        'header_X-EG-Ref': references.mintHeaderReference(key, reference, {
          ...{ recipient: rcpt, senderDomain: 'shop.example', method: 'api', recipientType: 'to' },
          ...{ tags: ['order'], acceptedAt: second * 1000 - 1_500, context: {} },
        }),
        header_From:
          message % 10 === 0 ? '=?utf-8?B?w5ZmZmVydGE=?= <a@shop.example>' : 'Shop <a@shop.example>',
        header_To: `Jane Doe <${rcpt}>`,
        header_Subject: `Your order ${message} is on its way, thank you`,
      }
    : {};
  const ip = `203.0.113.${random % 250}`;
  const orig = references.verpSender(token, 'sl.shop.example');
  return { token, orig, rcpt, domain, random, ip, second, headerCells };
}

/**
 * @param {(typeof SHARES)[number][0]} type
 * @param {number} no of the row
 * @param {ReturnType<typeof mail>} mail
 * @returns {Record<string, string>}
 */
function cellsOf(type, no, { token, orig, rcpt, domain, random, ip, second, headerCells }) {
  const logged = isoTime(FIRST_SECOND + Math.floor(no / ROWS_PER_SECOND) + 60);
  const queue = { vmta: 'mta-a', queue: `${domain}/mta-a`, dlvType: 'smtp', dlvSourceIp: '198.51.100.21' };
  const remote = { dsnMta: `mx1.${domain} (${ip})`, dlvDestinationIp: ip };
  if (type === 'tq')
    return { type, timeLogged: logged, dsnStatus: '4.4.1 (no answer from host)', ...queue, ...remote };
  const named = { type, timeLogged: logged, orig, rcpt, envId: token };
  const own = { ...named, ...headerCells };
  const queued = { timeQueued: isoTime(second), jobId: 'orders' };
  const [dsnStatus = '', dsnDiag = '', bounceCat = ''] = BOUNCES[random % BOUNCES.length] ?? [];
  switch (type) {
    case 'r':
      return { ...own, vmta: 'mta-a', jobId: 'orders' };
    case 't':
      return {
        ...{ ...own, ...queued, ...queue, ...remote },
        ...{ dsnStatus: '4.2.1 (busy)', dsnDiag: 'smtp;451 4.2.1 try again, later' },
      };
    case 'f':
      return { ...own, dlvSourceIp: '198.51.100.21', feedbackType: 'abuse' };
    case 'rb':
      return { ...own, dsnMta: remote.dsnMta, dsnStatus, dsnDiag, bounceCat };
    case 'b':
      return { ...own, ...queued, ...queue, ...remote, dsnStatus, dsnDiag, bounceCat };
    case 'd':
      return {
        ...{ ...own, ...queued, ...queue, ...remote, dlvSize: String(2_000 + (random % 50_000)) },
        ...{ dsnStatus: '2.0.0 (success)', dsnDiag: `smtp;250 2.0.0 OK ${hex(random, 8)} queued as ${no}` },
      };
  }
}

/** Seconds to `2024-03-05 09:15:02+0000`. @param {number} second */
const isoTime = (second) => `${new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')}+0000`;

/** @param {string} text */
const quoted = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** @param {number} value @param {number} digits */
const hex = (value, digits) => value.toString(16).padStart(digits, '0').slice(-digits);

/** 32 bits that look random and depend on both numbers alone. @param {number} seed @param {number} no */
function mix(seed, no) {
  let value = (seed ^ Math.imul(no + 1, 0x9e3779b1)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
