import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { allReady, APP_NAMES, eg, stack, stackVar } from './support/system.js';
import { newTenant, type Tenant } from './support/tenant.js';

interface Run {
  code: number;
  out: string;
  err: string;
}

/** Runs `eg` as a shell would, without expecting it to succeed. */
function run(args: string[], env: NodeJS.ProcessEnv = { EG_VAR: stackVar() }): Promise<Run> {
  const tool = resolve(import.meta.dirname, '../tools/eg.mjs');
  return new Promise((done) => {
    execFile(
      process.execPath,
      [tool, ...args],
      { env: { PATH: process.env['PATH'], ...env } },
      (error, out, err) => done({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('the operators’ command', () => {
  let tenant: Tenant;
  const empty = mkdtempSync(join(tmpdir(), 'eg-none-'));

  beforeAll(async () => {
    await allReady();
    tenant = await newTenant();
  }, 60_000);
  afterAll(() => rmSync(empty, { recursive: true }));

  it('shows every topic with its key, readers and offsets', async () => {
    const topics = await eg<{ topic: string }[]>('topics');
    expect(topics.find(({ topic }) => topic === 'eg.mail-events')).toEqual({
      topic: 'eg.mail-events',
      key: 'message-id',
      retentionMs: 31 * 24 * 60 * 60 * 1000,
      consumers: ['projector', 'webhook-dispatcher'],
      partitions: Array.from({ length: 6 }, (_, partition) => ({
        partition,
        low: expect.any(Number),
        high: expect.any(Number),
      })),
    });
  });

  it('shows how far a group is behind', async () => {
    const lag = await eg<{ group: string; partition: number }[]>('lag', '--group', 'projector');
    expect(lag.map(({ group, partition }) => `${group} ${partition}`)).toEqual(
      [0, 1, 2, 3, 4, 5].map((partition) => `projector ${partition}`),
    );
  });

  it('changes an account and a domain', async () => {
    const user = await eg('user', 'update', String(tenant.userId), '--reputation', 'Untrusted');
    expect(user).toMatchObject({ UserID: tenant.userId, ReputationLevel: 'Untrusted' });
    const domain = await eg('domain', 'set-status', String(tenant.domainId), 'suspended');
    expect(domain).toMatchObject({ DomainID: tenant.domainId, Status: 'Suspended' });
  });

  it('shows how far accounting files are read, and takes a bad row again', async () => {
    const file = join(stack().mta.accountingDir, `operators-${randomUUID()}.csv`);
    const rows = 'type,timeLogged,rcpt\nd,2024-03-05 09:15:02+0000,a@other.example\nd,soon,b@other.example\n';
    writeFileSync(file, rows);
    const shown = await eventually(async () => {
      const files = await eg<{ file: string; lagBytes: number }[]>('ingest', 'status');
      const found = files.find((each) => each.file === file);
      return found?.lagBytes === 0 && found;
    });
    const bad = { reason: 'bad-time', open: 1, done: 0 };
    expect(shown).toMatchObject({
      ...{ file, size: rows.length, offset: rows.length, rows: 2, events: 0, bad: 1, skipped: 1 },
      ...{ state: 'live', lagSeconds: 0, dropped: 0, quarantine: [bad] },
    });
    const tried = { file, rows: 1, events: 0, bad: 1, skipped: 0, done: 0 };
    const take = ['ingest', 'reprocess', '--file', file];
    expect(await eg(...take, '--dry-run')).toMatchObject([{ ...tried, state: 'dry-run' }]);
    expect(await eg(...take)).toMatchObject([{ ...tried, state: 'reprocessed' }]);
    expect(await eg('ingest', 'reprocess', file, '--dry-run')).toMatchObject([{ file, rows: 2, bad: 1 }]);
    rmSync(file);
  });

  it('finds every process ready, and says what to do where nothing runs', async () => {
    const findings = JSON.parse((await run(['--json', 'doctor'])).out) as { check: string; ok: boolean }[];
    const ready = findings
      .filter(({ check, ok }) => ok && check.startsWith('ready: '))
      .map(({ check }) => check);
    expect(ready).toEqual(expect.arrayContaining(APP_NAMES.map((app) => `ready: ${app}`)));

    const nothing = await run(['--json', 'doctor'], { EG_VAR: empty });
    expect(nothing.code).toBe(1);
    expect(JSON.parse(nothing.out)).toContainEqual(
      expect.objectContaining({ check: 'stack', ok: false, remedy: expect.stringContaining('npm start') }),
    );
  });

  it.each([
    { args: ['--help'], code: 0 },
    { args: ['user', 'create', '--help'], code: 0 },
    { args: ['user', 'show', '999999999'], code: 1 },
    { args: ['user', 'show', '7abc'], code: 2 },
    { args: ['user', 'create'], code: 2 },
    { args: ['ingest', 'reprocess'], code: 2 },
    { args: ['ingest', 'reprocess', 'a.csv', '--all'], code: 2 },
    { args: ['ingest', 'reprocess', '/nowhere/a.csv'], code: 1 },
    { args: ['ingest', 'dismiss'], code: 2 },
    { args: ['ingest', 'dismiss', '--all', '--reason', 'garbage'], code: 2 },
    { args: ['ingest', 'dismiss', '--file', '/nowhere/a.csv'], code: 0 },
    { args: ['nonsense'], code: 2 },
  ])('ends with $code for $args', async ({ args, code }) => {
    const { code: found, out, err } = await run(args);
    expect({ code: found, silent: (code === 0 ? err : out) === '' }).toEqual({ code, silent: true });
  });
});
