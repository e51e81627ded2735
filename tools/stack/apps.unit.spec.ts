import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APPS, SANDBOX, describeStack, environmentOf } from './apps.mjs';
import type { StackSettings } from './apps.mjs';
import { choosePorts } from './config.mjs';
import { loadSecrets } from './secrets.mjs';
import { restartDelay } from './supervisor.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eg-stack-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function settings(env: Record<string, string> = {}, sandbox = true): Promise<StackSettings> {
  const secrets = loadSecrets(folder, env);
  return {
    places: {
      var: folder,
      run: `${folder}/run`,
      log: `${folder}/log`,
      data: `${folder}/data`,
      archives: '/x',
    },
    ports: await choosePorts(env),
    engines: {
      mysql: { host: '127.0.0.1', port: 3306, user: 'eg', password: secrets.EG_MYSQL_PASSWORD },
      kafka: { brokers: ['127.0.0.1:9092'] },
      elasticsearch: { url: 'http://127.0.0.1:9200' },
    },
    database: 'email_gateway',
    secrets,
    sandbox,
    env,
  };
}

const appNamed = (name: string) => {
  const app = [...APPS, SANDBOX].find((one) => one.name === name);
  if (!app) throw new Error(name);
  return app;
};

describe('secrets', () => {
  it('are made once, kept, and readable by the owner only', () => {
    const first = loadSecrets(folder, {});
    expect(loadSecrets(folder, {})).toEqual(first);
    expect(first.EG_MASTER_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('of the environment win and are not stored', () => {
    expect(loadSecrets(folder, { EG_ADMIN_API_KEY: 'mine' }).EG_ADMIN_API_KEY).toBe('mine');
    expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).not.toContain('mine');
  });

  it('are never made anew over a damaged file', () => {
    writeFileSync(join(folder, 'secrets.json'), '{');
    expect(() => loadSecrets(folder, {})).toThrow("secrets.json can't be read");
  });
});

describe('the environment of an application', () => {
  it('has its own secrets and no others', async () => {
    const projector = environmentOf(await settings(), appNamed('projector'));
    expect(Object.keys(projector).filter((name) => /KEY|PASSWORD|SALT/.test(name))).toEqual([]);
    const sender = environmentOf(await settings({ EG_MASTER_KEY: 'm' }), appNamed('mail-sender'));
    expect(sender['EG_REFERENCE_KEY']).toMatch(/^[0-9a-f]{64}$/);
    expect(sender).not.toHaveProperty('EG_MASTER_KEY');
  });

  it('passes settings through, and decides addresses and ports itself', async () => {
    const env = {
      EG_WEBHOOK_SCHEDULE: '0,1',
      EG_HTTP_PORT: '8081',
      EG_HEALTH_PORT: '1',
      SECRET_OF_SHELL: 'x',
    };
    const gateway = environmentOf(await settings(env), appNamed('gateway-api'));
    expect(gateway).toMatchObject({
      EG_WEBHOOK_SCHEDULE: '0,1',
      EG_HTTP_PORT: '8081',
      EG_HEALTH_PORT: '9101',
    });
    expect(gateway).not.toHaveProperty('SECRET_OF_SHELL');
  });

  it('points to the sandbox only when there is one', async () => {
    const withIt = environmentOf(await settings(), appNamed('webhook-dispatcher'));
    expect(withIt).toMatchObject({
      EG_DNS_SERVERS: '127.0.0.1:5353',
      EG_WEBHOOK_ALLOW_CIDRS: '127.0.0.1/32',
    });
    const without = environmentOf(await settings({}, false), appNamed('webhook-dispatcher'));
    expect(without).not.toHaveProperty('EG_WEBHOOK_ALLOW_CIDRS');
    expect(without).not.toHaveProperty('EG_DNS_SERVERS');
  });
});

describe('stack.json', () => {
  it('shows the installation-wide key as eight groups of the MD5 of salt and licence', async () => {
    const found = describeStack(
      await settings({ EG_LEGACY_KEY_SALT: 'salt', EG_LEGACY_KEY_LICENSE: 'licence' }),
      { mysql: 5 },
      undefined,
    );
    expect(found.legacySigningKey).toMatch(/^([0-9A-F]{4}-){7}[0-9A-F]{4}$/);
    expect(found.pids).toEqual({ mysql: 5 });
    expect(found.health['gateway-api']).toBe('http://127.0.0.1:9101/health/ready');
    expect(found.sandbox?.receiver).toBe('http://receiver.sandbox.test:8026/hook');
  });
});

describe('restartDelay', () => {
  it('is short at first, doubles, and is bounded', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 20].map((failures) => restartDelay(failures, false))).toEqual([
      100, 200, 400, 800, 1600, 3200, 5000, 5000,
    ]);
  });

  it('stays within a second for what was killed from outside', () => {
    expect(restartDelay(20, true)).toBe(1000);
  });
});
