import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  StackError,
  identify,
  isAlive,
  lastWords,
  readPidFile,
  signalProcess,
  stopProcess,
  takePidFile,
  until,
  withLock,
  writePidFile,
} from './process.mjs';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eg-stack-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that has run `script` and says so; null for one that is gone already. */
async function started(script: string) {
  const child = spawn(process.execPath, ['-e', `${script};console.log('up');setInterval(() => {}, 1000)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((done) => child.stdout.once('data', done));
  const id = identify(child.pid);
  if (!id) throw new Error('the child is not running');
  return id;
}

describe('a process is known by pid and start time', () => {
  it('is alive while it runs and dead after it', async () => {
    const id = await started('');
    expect(isAlive(id)).toBe(true);
    expect(await stopProcess(id)).toBe(false);
    expect(isAlive(id)).toBe(false);
  });

  it('is not mistaken for a later process with its number', () => {
    const me = identify(process.pid);
    expect(isAlive(me)).toBe(true);
    expect(isAlive({ pid: process.pid, start: (me?.start ?? 0) - 1 })).toBe(false);
  });

  it('never signals a process with another start time', async () => {
    const id = await started('');
    expect(signalProcess({ ...id, start: id.start + 1 }, 'SIGKILL')).toBe(false);
    expect(isAlive(id)).toBe(true);
  });
});

describe('stopProcess', () => {
  it('forces a process that does not listen', async () => {
    const id = await started(`process.on('SIGTERM', () => {})`);
    expect(await stopProcess(id, { graceMs: 100 })).toBe(true);
    expect(isAlive(id)).toBe(false);
  });

  it('ends a paused process without force', async () => {
    const id = await started('');
    signalProcess(id, 'SIGSTOP');
    expect(await stopProcess(id)).toBe(false);
    expect(isAlive(id)).toBe(false);
  });
});

describe('pid files', () => {
  it('come back as written', () => {
    const path = join(folder, 'x.pid');
    writePidFile(path, { pid: 4711, start: 99 });
    expect(readPidFile(path)).toEqual({ pid: 4711, start: 99 });
  });

  it.each(['', '{', '{"pid":"1","start":2}', '{"pid":1,"start":2}', '[]', 'null'])(
    'a damaged one (%j) is none',
    (text) => {
      const path = join(folder, 'x.pid');
      writeFileSync(path, text);
      expect(readPidFile(path)).toBeUndefined();
    },
  );

  it('name the live owner, and are taken over from a dead one', async () => {
    const path = join(folder, 'x.pid');
    const other = await started('');
    writePidFile(path, other);
    expect(takePidFile(path)).toEqual(other);
    await stopProcess(other);
    expect(takePidFile(path)).toBeUndefined();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(identify(process.pid));
  });
});

describe('withLock', () => {
  it('waits for a live holder, goes on after its death, and gives the lock back', async () => {
    const path = join(folder, 'lock');
    const holder = await started('');
    writePidFile(path, holder);
    const waits: number[] = [];
    const work = withLock(
      path,
      async () => isAlive(holder),
      (owner) => waits.push(owner.pid),
    );
    await until(() => waits.length > 0, { timeoutMs: 5000, what: 'did not wait' });
    await stopProcess(holder);
    expect(await work).toBe(false);
    expect(waits).toEqual([holder.pid]);
    expect(takePidFile(path)).toBeUndefined();
  });
});

describe('until', () => {
  it('gives what the condition gives, and names what it waited for when it never does', async () => {
    let asked = 0;
    expect(await until(() => (++asked > 2 ? 'yes' : ''), { timeoutMs: 1000, everyMs: 1, what: 'x' })).toBe(
      'yes',
    );
    const never = until(() => false, { timeoutMs: 20, everyMs: 1, what: 'the moon did not fall' });
    await expect(never).rejects.toThrow(new StackError('the moon did not fall within 0.02 s'));
  });
});

describe('what a program said last', () => {
  it.each([
    [
      '{"msg":"a"}\n{"msg":"settings.wrong","problems":["EG_A must be 1","EG_B is not set"]}\n',
      'settings.wrong: EG_A must be 1; EG_B is not set',
    ],
    ['{"msg":"process.failed","err":{"message":"listen EADDRINUSE"}}\n', 'process.failed: listen EADDRINUSE'],
    ['{"msg":"a.failed","err":{"message":"","code":"ECONNREFUSED"}}\n', 'a.failed: ECONNREFUSED'],
    [
      'Error: an earlier run\n{"msg":"b"}\nError [ERR_X]: no module\n    at a (b.js:1:2) {\n  code: 1\n}\n\nNode.js v24\n',
      'Error [ERR_X]: no module',
    ],
    ['Error: an earlier run\n{"msg":"b"}\none\n', '\nError: an earlier run\n{"msg":"b"}\none'],
    ['null\n', '\nnull'],
    ['one\ntwo\n', '\none\ntwo'],
  ])('is its message with the reasons, or its last lines: %j', (text, words) => {
    const log = join(folder, 'app.log');
    writeFileSync(log, text);
    expect(lastWords(log)).toBe(words);
  });
});
