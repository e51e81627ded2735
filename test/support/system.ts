import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '#platform/testing/eventually';

/**
 * The running system, seen from outside: `npm test` starts it once and names its folder in EG_TEST_STACK. Nothing here
 * knows the code; what a spec does, a customer or an operator can do.
 */
const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

export type EngineName = 'mysql' | 'kafka' | 'elasticsearch';
export const APP_NAMES = [
  'gateway-api',
  'outbox-relay',
  'mail-sender',
  'mta-ingest',
  'projector',
  'webhook-dispatcher',
] as const;
export type AppName = (typeof APP_NAMES)[number];

export interface StackDescription {
  api: string;
  operator: string;
  mysql: { host: string; port: number; user: string; password: string; database: string };
  kafka: { brokers: string[] };
  elasticsearch: { url: string };
  mta: { smtp: string; accountingDir: string };
  health: Record<string, string>;
  pids: Record<string, number>;
  adminApiKey: string;
  legacySigningKey: string;
  sandbox: { inbox: string; dns: string; receiver: string; receiverAdmin: string };
}

/** Folder of the system under test (its EG_VAR). */
export function stackVar(): string {
  const folder = process.env['EG_TEST_STACK'];
  if (!folder) throw new Error('EG_TEST_STACK is not set: run the suites with npm test');
  return folder;
}

/** `stack.json` as it is now; pids change when a process is started again. */
export function stack(): StackDescription {
  return JSON.parse(readFileSync(join(stackVar(), 'run/stack.json'), 'utf8')) as StackDescription;
}

/** Runs the operators' command and returns what it prints with `--json`. */
export async function eg<T>(...args: string[]): Promise<T> {
  const { stdout } = await run(process.execPath, [join(ROOT, 'tools/eg.mjs'), '--json', ...args], {
    cwd: ROOT,
    env: { ...process.env, EG_VAR: stackVar(), NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout) as T;
}

/** Ends one process at once, as a crash or the kernel would. The supervisor starts it again. */
export function killApp(name: AppName): number {
  const pid = stack().pids[name];
  if (!pid) throw new Error(`${name} is not in stack.json`);
  process.kill(pid, 'SIGKILL');
  return pid;
}

/** Stops or starts an engine of the system under test. `start` returns when it answers. */
export async function engine(
  verb: 'stop' | 'start' | 'kill' | 'pause' | 'resume',
  name: EngineName,
): Promise<void> {
  await run(process.execPath, [join(ROOT, 'tools/stack/engine.mjs'), verb, name], {
    cwd: ROOT,
    env: { ...process.env, EG_VAR: stackVar(), NODE_OPTIONS: '' },
  });
}

export interface Health {
  status: number;
  body: { status: string; failing?: string; checks: Record<string, string> };
}

export async function health(app: AppName): Promise<Health> {
  const url = stack().health[app];
  if (!url) throw new Error(`${app} has no health address`);
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return { status: response.status, body: (await response.json()) as Health['body'] };
}

/** Waits until every app reports ready. */
export async function allReady(timeoutMs = 30_000): Promise<void> {
  await eventually(
    async () => {
      for (const app of APP_NAMES) {
        const { status, body } = await health(app);
        if (status !== 200) throw new Error(`${app} is not ready: ${JSON.stringify(body.checks)}`);
      }
    },
    { timeoutMs },
  );
}
