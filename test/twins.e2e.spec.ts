import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { sendUntilAccepted } from './support/api.js';
import { documents, eventData, facts, received } from './support/observe.js';
import { readEvents } from './support/kafka.js';
import { allReady, stack } from './support/system.js';
import { newTenant, type Tenant } from './support/tenant.js';

const ROOT = resolve(import.meta.dirname, '..');
const SENDS = 100;

/** Promise: a second process of a kind shares the work; nothing is told twice. */
describe('two of each consumer and relay at once', () => {
  const twins: ChildProcess[] = [];
  let tenant: Tenant;
  const accepted: string[] = [];

  beforeAll(async () => {
    await allReady();
    const health: string[] = [];
    for (const [app, entry] of [
      ['outbox-relay', 'dist/apps/gateway-api/src/relay.main.js'],
      ['projector', 'dist/apps/projector/src/main.js'],
      ['mail-sender', 'dist/apps/mail-sender/src/main.js'],
      ['webhook-dispatcher', 'dist/apps/webhook-dispatcher/src/main.js'],
    ] as const) {
      const port = await freePort();
      const env = { ...environmentOf(stack().pids[app] ?? 0), EG_HEALTH_PORT: String(port) };
      twins.push(spawn(process.execPath, [join(ROOT, entry)], { cwd: ROOT, env, stdio: 'ignore' }));
      health.push(`http://127.0.0.1:${port}/health/ready`);
    }
    await eventually(
      async () => {
        for (const url of health) {
          const { status } = await fetch(url);
          if (status !== 200) throw new Error(`${url} answers ${status}`);
        }
      },
      { timeoutMs: 30_000, everyMs: 100 },
    );
    tenant = await newTenant();
    for (let number = 0; number < SENDS; number++) {
      accepted.push(await sendUntilAccepted(tenant, `w${number}@inbox.example`));
    }
  }, 120_000);

  afterAll(async () => {
    await Promise.all(
      twins.map(async (twin) => {
        const ended = new Promise((done) => twin.once('exit', done));
        twin.kill('SIGTERM');
        await ended;
      }),
    );
    await allReady();
  }, 60_000);

  it('publish, index and deliver every fact once', async () => {
    const expected = (names: string[]): string[] =>
      accepted.flatMap((id) => names.map((event) => `${id} ${event}`)).toSorted();
    const told = (items: Parameters<typeof facts>[0]): string[] =>
      facts(items).map((fact) => fact.replace(/ \S+ /, ' '));
    await eventually(
      async () => {
        expect(told(await documents(tenant))).toEqual(
          expected(['accepted-by-mta', 'accepted-by-oempro', 'delivered']),
        );
        expect(told((await received(tenant)).map(eventData))).toEqual(expected(['delivered']));
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    expect(told(await readEvents(tenant.userId))).toEqual(
      expected(['accepted-by-mta', 'accepted-by-oempro', 'delivered']),
    );
  }, 90_000);
});

/** The twin is configured exactly as the process it joins. */
function environmentOf(pid: number): NodeJS.ProcessEnv {
  const text = readFileSync(`/proc/${pid}/environ`, 'utf8');
  return Object.fromEntries(
    text
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
