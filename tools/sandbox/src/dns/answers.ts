import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
  type Answer,
  type DecodedPacket,
  type Packet,
  type Question,
} from 'dns-packet';

import { zoneName, type Zone, type ZoneRecord } from './zone.js';

export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const;
const MAX_CHAIN = 8;
const PLAIN_UDP_BYTES = 512;
const UDP_BYTES = 1232;

/** Which member of a sequence is next. A sequence begins again after its last member. */
export class Sequences {
  private readonly given = new Map<string, number>();

  next(name: string, index: number, record: ZoneRecord): string {
    const first = record.values[0] ?? '';
    if (record.values.length === 1) return first;
    // With its members in the key, a sequence that was edited begins anew.
    const key = JSON.stringify([name, record.type, index, record.values]);
    const count = this.given.get(key) ?? 0;
    this.given.set(key, count + 1);
    return record.values[count % record.values.length] ?? first;
  }
}

/** TXT data in strings of at most 255 bytes, as the wire format has them. */
function txtStrings(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const count = Math.max(1, Math.ceil(bytes.length / 255));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * 255, (i + 1) * 255));
}

function toAnswer(name: string, record: ZoneRecord, value: string): Answer {
  const common = { name, ttl: record.ttl, class: 'IN' as const };
  switch (record.type) {
    case 'TXT':
      return { ...common, type: 'TXT', data: txtStrings(value) };
    case 'MX': {
      const [preference = '0', exchange = ''] = value.split(/\s+/);
      return {
        ...common,
        type: 'MX',
        data: { preference: Number(preference), exchange: zoneName(exchange) },
      };
    }
    case 'CNAME':
    case 'NS':
      return { ...common, type: record.type, data: value.replace(/\.$/, '') };
    case 'A':
    case 'AAAA':
      return { ...common, type: record.type, data: value };
  }
}

/** The answer to one question: the records, after those of the aliases that lead to them. */
export function resolve(
  zone: Zone,
  question: Question,
  sequences: Sequences,
): { rcode: number; answers: Answer[] } {
  const answers: Answer[] = [];
  let name = question.name;
  for (let hop = 0; hop < MAX_CHAIN; hop += 1) {
    const key = zoneName(name);
    const records = zone.get(key);
    if (records === undefined) return { rcode: RCODE.NXDOMAIN, answers };
    const take = (wanted: (record: ZoneRecord) => boolean): Answer[] =>
      records.flatMap((record, index) =>
        wanted(record) ? [toAnswer(name, record, sequences.next(key, index, record))] : [],
      );
    const any: string = question.type;
    const direct = take(({ type }) => type === question.type || any === 'ANY');
    if (direct.length > 0) return { rcode: RCODE.NOERROR, answers: [...answers, ...direct] };
    const alias = take(({ type }) => type === 'CNAME')[0];
    if (alias?.type !== 'CNAME') return { rcode: RCODE.NOERROR, answers };
    answers.push(alias);
    name = alias.data;
  }
  return { rcode: RCODE.SERVFAIL, answers: [] };
}

/** The id of a message that could not be understood, or nothing when it is too short to have one. */
const malformed = (message: Buffer): Buffer | undefined =>
  message.length < 12
    ? undefined
    : encode({ type: 'response', id: message.readUInt16BE(0), flags: RCODE.FORMERR, questions: [] });

/**
 * Answers a DNS message.
 *
 * @param transport over `udp` a reply that is larger than the asker can take comes empty, with the truncation bit.
 * @returns the reply; undefined for what deserves none (a response, or too few bytes).
 */
export function reply(
  message: Buffer,
  transport: 'udp' | 'tcp',
  zone: () => Zone,
  sequences: Sequences,
): Buffer | undefined {
  let query: DecodedPacket;
  try {
    query = decode(message);
  } catch {
    return malformed(message);
  }
  if (query.flag_qr) return undefined;
  const opcode = (message.readUInt16BE(2) >> 11) & 0xf;
  const question = query.questions?.[0];
  const single = question !== undefined && query.questions?.length === 1;
  const base: Packet = { type: 'response', id: query.id, questions: query.questions };
  const flags = RECURSION_AVAILABLE | (query.flag_rd ? RECURSION_DESIRED : 0);
  if (opcode !== 0) return encode({ ...base, flags: flags | (opcode << 11) | RCODE.NOTIMP });
  if (!single) return encode({ ...base, flags: flags | RCODE.FORMERR });

  const edns = query.additionals?.find((record) => record.type === 'OPT');
  const additionals: Answer[] =
    edns === undefined
      ? []
      : [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: UDP_BYTES,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ];
  const { rcode, answers } = resolve(zone(), question, sequences);
  const answer: Packet = { ...base, flags: flags | AUTHORITATIVE_ANSWER | rcode, answers, additionals };
  const bytes = encode(answer);
  const asked = edns?.type === 'OPT' ? edns.udpPayloadSize : PLAIN_UDP_BYTES;
  const limit = Math.min(UDP_BYTES, Math.max(PLAIN_UDP_BYTES, asked));
  if (transport === 'tcp' || bytes.length <= limit) return bytes;
  return encode({ ...answer, flags: flags | AUTHORITATIVE_ANSWER | TRUNCATED_RESPONSE | rcode, answers: [] });
}
