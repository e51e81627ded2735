import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { choosePorts, PORTS } from './config.mjs';
import { freePorts, isFree, ownerOf, portProblem } from './ports.mjs';

const servers: Server[] = [];

async function listening(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

describe('ports', () => {
  it('are free until somebody listens', async () => {
    const port = await listening();
    expect(await isFree(port)).toBe(false);
    await new Promise((done) => servers.splice(0)[0]?.close(done));
    expect(await isFree(port)).toBe(true);
  });

  it('are picked distinct and free', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) expect(await isFree(port, { udp: true })).toBe(true);
  });

  it('know who listens', async () => {
    expect(ownerOf(await listening())?.pid).toBe(process.pid);
  });

  it('a taken one is told with its owner and the setting that moves it', async () => {
    const port = await listening();
    const problem = await portProblem([{ name: 'MySQL', variable: 'EG_MYSQL_PORT', port }]);
    expect(problem).toMatch(
      new RegExp(`^port ${port} \\(MySQL\\) is already in use by process ${process.pid} .*set EG_MYSQL_PORT`),
    );
  });

  it('one named twice is told', async () => {
    const [port] = await freePorts(1);
    const problem = await portProblem([
      { name: 'a', variable: 'EG_A', port: Number(port) },
      { name: 'b', variable: 'EG_B', port: Number(port) },
    ]);
    expect(problem).toBe(`EG_B and EG_A both name port ${port}: change one`);
  });
});

describe('choosePorts', () => {
  it('gives the defaults', async () => {
    const ports = await choosePorts({});
    expect(ports).toEqual(Object.fromEntries(Object.entries(PORTS).map(([name, [port]]) => [name, port])));
  });

  it('lets settings win, an engine moved by its address included', async () => {
    const ports = await choosePorts({
      EG_HTTP_PORT: '8081',
      EG_KAFKA_BROKERS: '127.0.0.1:19092',
      EG_ELASTICSEARCH_URL: 'http://localhost:19200',
    });
    expect(ports).toMatchObject({ EG_HTTP_PORT: 8081, EG_KAFKA_PORT: 19092, EG_ELASTICSEARCH_PORT: 19200 });
  });

  it('picks distinct ports on auto, but keeps what is set', async () => {
    const ports = await choosePorts({ EG_PORTS: 'auto', EG_HTTP_PORT: '8081' });
    expect(ports['EG_HTTP_PORT']).toBe(8081);
    expect(new Set(Object.values(ports)).size).toBe(Object.keys(PORTS).length);
    expect(ports['EG_MYSQL_PORT']).not.toBe(3306);
  });

  it.each(['0', '65536', 'abc', '80.5', '-1'])('refuses %s, naming the variable', async (text) => {
    await expect(choosePorts({ EG_HTTP_PORT: text })).rejects.toThrow(`EG_HTTP_PORT=${text} is not a port`);
  });

  it('refuses another EG_PORTS', async () => {
    await expect(choosePorts({ EG_PORTS: 'some' })).rejects.toThrow('EG_PORTS=some is not known');
  });
});
