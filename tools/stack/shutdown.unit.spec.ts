import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, isAlive, writePidFile } from './process.mjs';
import { endSupervisor, running } from './shutdown.mjs';

const DEAF = `process.on('SIGTERM', () => {})`;

let folder: string;
let said: string[];
const children: ChildProcess[] = [];

const places = () => ({
  var: folder,
  run: join(folder, 'run'),
  log: join(folder, 'log'),
  data: join(folder, 'data'),
  archives: join(folder, 'engines'),
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eg-stack-'));
  said = [];
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process with a pid file that has run `script`. */
async function started(name: string, script: string) {
  const child = spawn(process.execPath, ['-e', `${script};console.log('up');setInterval(() => {}, 1000)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((done) => child.stdout.once('data', done));
  const id = identify(child.pid);
  if (!id) throw new Error('the child is not running');
  writePidFile(join(places().run, `${name}.pid`), id);
  return id;
}

const end = (id: { pid: number; start: number }, ms: number, supervisor = ms) =>
  endSupervisor(id, places(), (line) => said.push(line), {
    bounds: { apps: ms, engines: ms, supervisor },
    sayEveryMs: 1,
  });

describe('endSupervisor', () => {
  it('waits for a supervisor that ends by itself, and kills nobody', async () => {
    const supervisor = await started('supervisor', '');
    expect(await end(supervisor, 60_000)).toBe(false);
    expect(isAlive(supervisor)).toBe(false);
    expect(said.join()).not.toContain('killed');
  });

  it('says what it waits for, then kills a stuck supervisor and ends what it has left', async () => {
    const supervisor = await started('supervisor', DEAF);
    const app = await started('projector', '');
    const engine = await started('kafka', '');
    expect(running(places())).toEqual({ apps: ['projector'], engines: ['kafka'] });
    expect(await end(supervisor, 400)).toBe(true);
    expect([supervisor, app, engine].filter(isAlive)).toEqual([]);
    expect(said[0]).toBe(
      `the supervisor (process ${supervisor.pid}) is stopping; still running: projector, kafka (1 s at most)`,
    );
    expect(said.at(-2)).toBe(
      `the supervisor (process ${supervisor.pid}) is stuck and is killed; still running: projector, kafka`,
    );
    expect(said.at(-1)).toBe('stopping what an earlier run has left: projector, kafka');
    expect(readdirSync(places().run)).toEqual([]);
  });

  it('tells which application had to be killed', async () => {
    const supervisor = await started('supervisor', DEAF);
    const app = await started('projector', DEAF);
    await end(supervisor, 100);
    expect(isAlive(app)).toBe(false);
    expect(said.at(-1)).toBe('projector did not end by itself and was killed');
  }, 20_000);

  it('bounds the wait for the supervisor alone by itself', async () => {
    const supervisor = await started('supervisor', DEAF);
    expect(await end(supervisor, 60_000, 100)).toBe(true);
    expect(said.at(-1)).toContain('still running: nothing else');
  });
});
