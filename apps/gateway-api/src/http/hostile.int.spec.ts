import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HostileReply } from './testing/hostile-client.js';
import { startTestGateway, type TestGateway } from './testing/test-gateway.js';

const CLIENT = join(import.meta.dirname, 'testing/hostile-client.ts');
const MB = 1_048_576;
const MOST_GROWTH_BYTES = 256 * MB;
const AT_ONCE = 20;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

async function attack(kind: string, count: number): Promise<HostileReply[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, gateway.api, kind, `${count}`], {
    maxBuffer: 16 * MB,
    env: {},
  });
  return JSON.parse(stdout) as HostileReply[];
}

/** The most memory that the process had while the work went on, above what it had before. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, process.memoryUsage.rss()) - before;
}

/** Sends ordinary requests until told to stop; how many were answered. */
function bystander(): { stop(): Promise<number> } {
  let going = true;
  const answered = (async () => {
    let count = 0;
    while (going) {
      const reply = await gateway.command('emailgateway.getdomains', { APIKey: 'nobody' });
      if (reply.json['ErrorCode'] !== 99998) throw new Error(reply.text);
      count += 1;
    }
    return count;
  })();
  return {
    stop() {
      going = false;
      return answered;
    },
  };
}

const failure = (code: number) => ({
  Success: false,
  ErrorCode: code,
  ErrorText: expect.any(String),
  Errors: [{ Code: code, Message: expect.any(String) }],
});

/** Body of a v1 reply by its status. */
function refusalOf(status: number): object {
  if (status === 401) return { Errors: [{ Code: 13, Message: 'Invalid SenderAPIKey' }] };
  return failure(status === 400 ? 100000 : status);
}

describe.each([
  ['an announced body of 50 MB', [413]],
  ['a chunked body of 50 MB', [413, 429]],
  ['JSON of 100,000 levels', [400]],
  ['JSON of 25 MB of brackets', [400, 429]],
  ['1,000,000 form fields', [413, 429]],
  ['10,000 attachments', [413]],
  ['100,000 recipients', [413, 429]],
  ['100,000 parts', [413, 429]],
  ['a name of 10 million brackets', [401, 429]],
  ['a form of nested brackets', [401, 429]],
  ['one text of 25 MB', [401, 429]],
  ['a header of 5 MB', [431]],
  ['100,000 headers', [431]],
  ['a URL of 5 MB', [431]],
  ['chunks of one byte', [400]],
])('%s', (kind, statuses) => {
  const [alone] = statuses;

  it('is refused in the envelope of the contract', async () => {
    const [reply] = await attack(kind, 1);
    expect(reply?.status).toBe(alone);
    expect(JSON.parse(reply?.body ?? '')).toMatchObject(refusalOf(alone ?? 0));
  });
  it('twenty times at once is refused without much memory, while others are served', async () => {
    const others = bystander();
    const replies: HostileReply[] = [];
    const growth = await growthDuring(async () => {
      replies.push(...(await attack(kind, AT_ONCE)));
    });
    expect(await others.stop()).toBeGreaterThan(0);
    expect(replies).toHaveLength(AT_ONCE);
    for (const { status, body } of replies) {
      expect(statuses).toContain(status);
      expect(JSON.parse(body)).toHaveProperty('Errors');
    }
    expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
  });
});

describe('a client that takes its time', () => {
  /** Sends a text, then a drop now and then, and returns what was answered before the connection ended. */
  function trickle(url: string, start: string, drop: string): Promise<string> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
      let got = '';
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(start));
      const timer = setInterval(() => socket.write(drop), 50);
      socket.on('data', (bytes) => (got += bytes.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve(got);
      });
    });
  }
  const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));

  it.each(['Content-Length: 1000000', 'Transfer-Encoding: chunked'])(
    'over its body (%s) gets 408',
    async (length) => {
      const impatient = await startTestGateway({ EG_BODY_TIMEOUT_MS: '300' });
      try {
        const start = `POST /api/v1/email HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`;
        const answer = await trickle(impatient.api, start, length.endsWith('chunked') ? '1\r\nx\r\n' : 'x');
        expect(answer).toMatch(/^HTTP\/1\.1 408 /);
        expect(bodyOf(answer)).toEqual(failure(408));
      } finally {
        await impatient.close();
      }
    },
  );
  it.each(['Content-Length: 1000000', 'Transfer-Encoding: chunked'])(
    'and sends its body (%s) by drops gets 408 long before the time for a body is over',
    async (length) => {
      const start = `POST /api/v1/email HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`;
      const answer = await trickle(gateway.api, start, length.endsWith('chunked') ? '1\r\nx\r\n' : 'x');
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain('more slowly than 500 bytes per second');
    },
  );
  it('and then sends the rest at once is answered', async () => {
    const { hostname, port } = new URL(gateway.api);
    const body = JSON.stringify({ Command: 'emailgateway.getdomains', APIKey: 'x'.repeat(200) });
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.write(`POST /api.php HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body[0]}`);
        // Longer than it is waited for a body that trickles: this one is being made.
        setTimeout(() => socket.write(body.slice(1)), 2_000);
      });
      socket.once('data', (bytes) => {
        socket.destroy();
        resolve(bytes.toString());
      });
    });
    expect(answer).toContain('99998');
  });
  it('over its headers gets 408 after ten seconds', async () => {
    const answer = await trickle(gateway.api, 'POST /api.php HTTP/1.1\r\n', 'X-A: b\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(bodyOf(answer)).toEqual(failure(408));
  });
  it('does not keep others waiting', async () => {
    const start = 'POST /api/v1/email HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n';
    const { hostname, port } = new URL(gateway.api);
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(start));
      return socket.on('error', () => undefined);
    });
    expect((await gateway.command('emailgateway.getdomains')).json['ErrorCode']).toBe(99998);
    for (const socket of sockets) socket.destroy();
  });
});

describe('a client that goes away', () => {
  it('in the middle of its body leaves nothing behind', async () => {
    const { hostname, port } = new URL(gateway.api);
    await new Promise<void>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.write('POST /api/v1/email HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc', () =>
          socket.destroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    expect((await gateway.command('emailgateway.getdomains')).json['ErrorCode']).toBe(99998);
    const failed = gateway.logged().filter(({ msg }) => msg === 'request.failed');
    expect(failed).toEqual([]);
  });
});

describe('a body as large as may be', () => {
  it('is taken, and its memory given back', async () => {
    const text = 'x'.repeat(26_214_400 - 200);
    for (let round = 0; round < 4; round += 1) {
      const reply = await gateway.command('emailgateway.getdomains', { APIKey: 'nobody', Note: text });
      expect([reply.status, reply.json['ErrorCode']]).toEqual([200, 99998]);
    }
  });
});
