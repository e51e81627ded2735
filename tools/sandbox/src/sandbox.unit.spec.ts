import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { pino } from 'pino';

import { readConfig, type SandboxConfig } from './config.js';
import { startSandbox, type Sandbox } from './sandbox.js';

const log = pino({ level: 'silent' });
let dir: string;
let sandbox: Sandbox;
const config = (more: Partial<SandboxConfig> = {}): SandboxConfig => ({
  ...readConfig({
    EG_SANDBOX_ZONE_FILE: join(dir, 'zone.json'),
    EG_SANDBOX_SPOOL_DIR: join(dir, 'spool'),
    EG_ACCOUNTING_DIR: join(dir, 'accounting'),
    EG_SANDBOX_DELAY_MS: '1',
  }),
  ...{ mtaPort: 0, inboxPort: 0, dnsPort: 0, receiverPort: 0, healthPort: 0 },
  ...more,
});

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'eg-sandbox-'));
  sandbox = await startSandbox(config(), log);
});
afterEach(async () => {
  await sandbox.close();
  await rm(dir, { recursive: true });
});

describe('the sandbox as a whole', () => {
  it('shows an accepted mail in the inbox, counts it, and is ready', async () => {
    const { ports } = sandbox;
    const transport = createTransport({ host: '127.0.0.1', port: ports.mta });
    await transport.sendMail({ from: 'd@demo.test', to: 'bounce@x.test', subject: 'seen', text: 'x' });
    transport.close();
    const shown = await fetch(`http://127.0.0.1:${ports.inbox}/messages?to=bounce@x.test`);
    expect(await shown.json()).toMatchObject([{ subject: 'seen', envelope: { to: ['bounce@x.test'] } }]);
    const metrics = await (await fetch(`http://127.0.0.1:${ports.health}/metrics`)).text();
    expect(metrics).toContain('sandbox_recipients_total{fate="bounce"} 1\n');
    const ready = await fetch(`http://127.0.0.1:${ports.health}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: { accounting: 'ok' } },
    ]);
  });

  it('can be told twice to end', async () => {
    await Promise.all([sandbox.close(), sandbox.close()]);
    await expect(fetch(`http://127.0.0.1:${sandbox.ports.inbox}/messages`)).rejects.toThrow('fetch failed');
  });

  it('says which port is taken and what to set, and lets go of what it had', async () => {
    const { mta, receiver } = sandbox.ports;
    await sandbox.close();
    sandbox = await startSandbox(config({ receiverPort: receiver }), log);
    await expect(startSandbox(config({ mtaPort: mta, receiverPort: receiver }), log)).rejects.toThrow(
      `port ${receiver} is already in use: free it or set EG_SANDBOX_RECEIVER_PORT to another one`,
    );
    await sandbox.close();
    sandbox = await startSandbox(config({ mtaPort: mta }), log);
    expect(sandbox.ports.mta).toBe(mta);
  });
});
