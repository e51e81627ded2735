import { describe, expect, it } from '@jest/globals';
import { decode, encode, type Answer, type DecodedPacket, type Packet, type RecordType } from 'dns-packet';

import { RCODE, reply, Sequences } from './answers.js';
import { parseZone, type Zone } from './zone.js';

const zone = parseZone(
  JSON.stringify({
    'a.test': [
      { type: 'A', value: '192.0.2.1', ttl: 7 },
      { type: 'A', value: '192.0.2.2' },
      { type: 'AAAA', value: '2001:db8::1' },
      { type: 'MX', value: '10 mx.a.test' },
    ],
    'alias.test': [{ type: 'CNAME', value: 'A.test.' }],
    'outside.test': [{ type: 'CNAME', value: 'mailer.example.net' }],
    'loop.test': [{ type: 'CNAME', value: 'loop.test' }],
    'key.test': [{ type: 'TXT', value: `v=DKIM1; p=${'x'.repeat(400)}` }],
    'long.test': [{ type: 'TXT', value: 'y'.repeat(2000) }],
    'rebind.test': [{ type: 'A', sequence: ['192.0.2.1', '127.0.0.1'], ttl: 0 }],
  }),
);

const rcode = (packet: Buffer): number => packet.readUInt16BE(2) & 0xf;
const query = (name: string, type: RecordType, more: Partial<Packet> = {}): Buffer =>
  encode({ type: 'query', id: 4711, flags: 0x100, questions: [{ name, type }], ...more });
const raw = (
  message: Buffer,
  transport: 'udp' | 'tcp' = 'udp',
  sequences = new Sequences(),
  names: Zone = zone,
): Buffer => {
  const bytes = reply(message, transport, () => names, sequences);
  if (bytes === undefined) throw new Error('no reply');
  return bytes;
};
const data = (packet: DecodedPacket): unknown[] =>
  packet.answers?.map((answer) => ('data' in answer ? answer.data : undefined)) ?? [];

describe('answers', () => {
  it('echoes id and question, and gives the records of the type with their ttl', () => {
    const packet = decode(raw(query('A.Test', 'A')));
    expect(packet).toMatchObject({ id: 4711, flag_qr: true, flag_aa: true, flag_rd: true, flag_ra: true });
    expect(packet.questions).toEqual([{ name: 'A.Test', type: 'A', class: 'IN' }]);
    expect(packet.answers).toMatchObject([
      { name: 'A.Test', type: 'A', ttl: 7, data: '192.0.2.1' },
      { name: 'A.Test', type: 'A', ttl: 60, data: '192.0.2.2' },
    ]);
    expect(data(decode(raw(query('a.test', 'AAAA'))))).toEqual(['2001:db8::1']);
    expect(data(decode(raw(query('a.test', 'MX'))))).toEqual([{ preference: 10, exchange: 'mx.a.test' }]);
  });

  it('NXDOMAIN for an unknown name, an empty NOERROR for a type that a name does not have', () => {
    const unknown = raw(query('b.test', 'A'));
    expect([rcode(unknown), data(decode(unknown))]).toEqual([RCODE.NXDOMAIN, []]);
    const without = raw(query('a.test', 'TXT'));
    expect([rcode(without), data(decode(without))]).toEqual([RCODE.NOERROR, []]);
  });

  it('follows an alias inside the zone and gives it for any type', () => {
    expect(data(decode(raw(query('alias.test', 'A'))))).toEqual(['A.test', '192.0.2.1', '192.0.2.2']);
    expect(data(decode(raw(query('alias.test', 'CNAME'))))).toEqual(['A.test']);
    expect(data(decode(raw(query('alias.test', 'TXT'))))).toEqual(['A.test']);
  });

  it('an alias to a name outside the zone: the alias, and NXDOMAIN unless it was asked for', () => {
    const address = raw(query('outside.test', 'A'));
    expect([rcode(address), data(decode(address))]).toEqual([RCODE.NXDOMAIN, ['mailer.example.net']]);
    const alias = raw(query('outside.test', 'CNAME'));
    expect([rcode(alias), data(decode(alias))]).toEqual([RCODE.NOERROR, ['mailer.example.net']]);
  });

  it('SERVFAIL for a loop of aliases', () => {
    expect(rcode(raw(query('loop.test', 'A')))).toBe(RCODE.SERVFAIL);
  });

  it('cuts a TXT value into strings of 255 bytes', () => {
    const [strings] = decode(raw(query('key.test', 'TXT'))).answers ?? [];
    const parts = strings?.type === 'TXT' && Array.isArray(strings.data) ? strings.data : [];
    expect(parts.map((part) => part.length)).toEqual([255, 156]);
    expect(parts.join('')).toBe(`v=DKIM1; p=${'x'.repeat(400)}`);
  });

  it('gives a sequence member by member, then from the first again, each name and type for itself', () => {
    const sequences = new Sequences();
    const ask = (): unknown[] => data(decode(raw(query('Rebind.test', 'A'), 'udp', sequences)));
    expect(data(decode(raw(query('rebind.test', 'AAAA'), 'udp', sequences)))).toEqual([]);
    expect([ask(), ask(), ask()]).toEqual([['192.0.2.1'], ['127.0.0.1'], ['192.0.2.1']]);
  });

  it('over UDP: truncated beyond 512 bytes, or beyond what EDNS allows; over TCP: whole', () => {
    const udp = decode(raw(query('long.test', 'TXT')));
    expect([udp.flag_tc, data(udp)]).toEqual([true, []]);
    const opt: Answer = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 4096,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    };
    const edns = decode(raw(query('long.test', 'TXT', { additionals: [opt] })));
    expect([edns.flag_tc, edns.additionals?.[0]?.type]).toEqual([true, 'OPT']);
    const fits = decode(raw(query('key.test', 'TXT', { additionals: [opt] })));
    expect([fits.flag_tc, fits.answers?.length]).toEqual([false, 1]);
    const tcp = decode(raw(query('long.test', 'TXT'), 'tcp'));
    expect([tcp.flag_tc, tcp.answers?.length]).toEqual([false, 1]);
  });

  it('FORMERR for what can not be read, NOTIMP for another kind of query, silence for a response', () => {
    const broken = Buffer.concat([query('a.test', 'A').subarray(0, 12), Buffer.from([63])]);
    expect(rcode(raw(broken))).toBe(RCODE.FORMERR);
    expect(raw(broken).readUInt16BE(0)).toBe(4711);
    expect(rcode(raw(query('a.test', 'A', { flags: 2 << 11 })))).toBe(RCODE.NOTIMP);
    expect(reply(Buffer.from([1, 2, 3]), 'udp', () => zone, new Sequences())).toBeUndefined();
    expect(reply(raw(query('a.test', 'A')), 'udp', () => zone, new Sequences())).toBeUndefined();
  });
});
