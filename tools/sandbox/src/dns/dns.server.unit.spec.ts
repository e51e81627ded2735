import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { DnsPart } from './dns.server.js';
import { ZoneFile } from './zone.js';

const bind = (socket: Socket, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', () => resolve(socket.address().port));
  });

/** Below the range that outgoing connections take their ports from, so that none takes it between two steps. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const tcp = createServer();
    const udp = createSocket('udp4');
    try {
      await new Promise<void>((resolve, reject) =>
        tcp.once('error', reject).listen(port, '127.0.0.1', resolve),
      );
      await bind(udp, port);
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      tcp.close();
      udp.close();
    }
  }
}

describe('the DNS part, asked by a resolver', () => {
  const log = pino({ level: 'silent' });
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  let dir: string;
  let dns: DnsPart;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'eg-dns-'));
    const file = join(dir, 'zone.json');
    const zone = {
      'demo.test': [{ type: 'TXT', value: 'z'.repeat(3000) }],
      'track.demo.test': [{ type: 'CNAME', value: 'mailer.example.net' }],
    };
    await writeFile(file, JSON.stringify(zone));
    dns = new DnsPart(new ZoneFile(file, log), log);
    resolver.setServers([`127.0.0.1:${await dns.listen(await freePort(), '127.0.0.1')}`]);
  });
  afterAll(async () => {
    await dns.close();
    await rm(dir, { recursive: true });
  });

  it('answers over UDP', async () => {
    expect(await resolver.resolve4('receiver.sandbox.test')).toEqual(['127.0.0.1']);
    expect(await resolver.resolveCname('track.demo.test')).toEqual(['mailer.example.net']);
  });

  it('answers over TCP what UDP can not carry', async () => {
    const [strings = []] = await resolver.resolveTxt('demo.test');
    expect(strings.join('')).toBe('z'.repeat(3000));
  });

  it('tells an unknown name from a name without the type', async () => {
    await expect(resolver.resolve4('unknown.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('demo.test')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('shares the UDP port with one that shares it too, and lets TCP go when it may not', async () => {
    const shared = createSocket({ type: 'udp4', reuseAddr: true });
    const port = await bind(shared, await freePort());
    const first = new DnsPart(new ZoneFile(join(dir, 'none'), log), log);
    expect(await first.listen(port, '127.0.0.1')).toBe(port);
    await first.close();
    shared.close();

    const exclusive = createSocket('udp4');
    const taken = await bind(exclusive, await freePort());
    const second = new DnsPart(new ZoneFile(join(dir, 'none'), log), log);
    await expect(second.listen(taken, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    exclusive.close();
    const third = new DnsPart(new ZoneFile(join(dir, 'none'), log), log);
    expect(await third.listen(taken, '127.0.0.1')).toBe(taken);
    await third.close();
  });

  it('says so when the port is taken', async () => {
    const [server = ''] = resolver.getServers();
    const second = new DnsPart(new ZoneFile(join(dir, 'none'), log), log);
    await expect(second.listen(Number(server.split(':')[1]), '127.0.0.1')).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
