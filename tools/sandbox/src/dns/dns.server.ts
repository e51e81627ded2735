import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import type { Logger } from 'pino';

import { reply, Sequences } from './answers.js';
import type { ZoneFile } from './zone.js';

const TCP_IDLE_MS = 10_000;

/** The DNS part, UDP and TCP on the same port. */
export class DnsPart {
  // 5353 is also the port of mDNS responders, which share it; another sandbox is kept out by the TCP port.
  private readonly udp: UdpSocket = createSocket({ type: 'udp4', reuseAddr: true });
  private readonly tcp: Server = createServer((socket) => this.serve(socket));
  private readonly connections = new Set<Socket>();
  private readonly sequences = new Sequences();

  constructor(
    private readonly zone: ZoneFile,
    private readonly log: Logger,
  ) {
    this.udp.on('message', (message, asker) => {
      const answer = this.answer(message, 'udp');
      if (answer !== undefined) this.udp.send(answer, asker.port, asker.address);
    });
  }

  /**
   * @param port 0 lets the system choose one for TCP; UDP takes the same.
   * @returns the port.
   * @throws the error of the operating system, such as EADDRINUSE; both sockets are closed then.
   */
  async listen(port: number, host: string): Promise<number> {
    try {
      return await this.bind(port, host);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => this.tcp.close(() => resolve())),
      new Promise<void>((resolve) => this.udp.close(() => resolve())),
    ]);
  }

  private async bind(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.tcp.once('error', reject);
      this.tcp.listen(port, host, () => {
        this.tcp.removeListener('error', reject);
        resolve();
      });
    });
    const taken = (this.tcp.address() as AddressInfo).port;
    await new Promise<void>((resolve, reject) => {
      this.udp.once('error', reject);
      this.udp.bind(taken, host, () => {
        this.udp.removeListener('error', reject);
        resolve();
      });
    });
    this.udp.on('error', (error) => this.log.warn({ err: error }, 'dns.udp-failed'));
    this.tcp.on('error', (error) => this.log.warn({ err: error }, 'dns.tcp-failed'));
    return taken;
  }

  private answer(message: Buffer, transport: 'udp' | 'tcp'): Buffer | undefined {
    try {
      return reply(message, transport, () => this.zone.current(), this.sequences);
    } catch (error) {
      this.log.error({ err: error }, 'dns.answer-failed');
      return undefined;
    }
  }

  /** Over TCP every message has its length before it; an asker may send several. */
  private serve(socket: Socket): void {
    this.connections.add(socket);
    let buffered = Buffer.alloc(0);
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on('error', (error) => this.log.debug({ err: error }, 'dns.connection-failed'));
    socket.on('close', () => this.connections.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 2) {
        const end = 2 + buffered.readUInt16BE(0);
        if (buffered.length < end) return;
        const answer = this.answer(buffered.subarray(2, end), 'tcp');
        buffered = buffered.subarray(end);
        if (answer === undefined) {
          socket.destroy();
          return;
        }
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }
    });
  }
}
