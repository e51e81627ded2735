import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import packet from 'dns-packet';

/** Answers per question, in turn; the last one is repeated. An empty answer is NODATA, an unknown name NXDOMAIN. */
export type Zone = Record<string, { A?: string[][]; AAAA?: string[][] }>;

export interface DnsStub {
  /** `host:port` for EG_DNS_SERVERS. */
  address: string;
  /** How often the name was asked for A records. */
  asked(name: string): number;
  close(): Promise<void>;
}

/** A name server on UDP that answers from `zone` (read at each question). */
export async function startDnsStub(zone: Zone): Promise<DnsStub> {
  const asked = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const query = packet.decode(bytes);
    const question = query.questions?.[0];
    if (!question) return;
    const name = question.name.toLowerCase();
    const type = question.type === 'AAAA' ? 'AAAA' : 'A';
    const turn = asked.get(`${name} ${type}`) ?? 0;
    asked.set(`${name} ${type}`, turn + 1);
    const answers = zone[name]?.[type] ?? [];
    const data = answers[Math.min(turn, answers.length - 1)] ?? [];
    const reply = packet.encode({
      type: 'response',
      id: query.id,
      flags: packet.AUTHORITATIVE_ANSWER | (zone[name] ? 0 : 3),
      questions: [question],
      answers: data.map((address) => ({ type, name: question.name, ttl: 0, data: address })),
    });
    socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: (name) => asked.get(`${name} A`) ?? 0,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
