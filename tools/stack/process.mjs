// @ts-check
import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process that can't be mistaken for a later one with the same number.
 * @typedef {{ pid: number, start: number }} ProcessId `start` = clock ticks since boot, /proc/PID/stat field 22
 */

/** A log file longer than this is put aside (one generation) when its process is started again. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/** An error whose message is the whole story for the person at the terminal: no stack trace. */
export class StackError extends Error {}

/**
 * Start time of a live process; undefined when it doesn't exist or is a zombie.
 * @param {number} pid
 */
export function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

/** @param {ProcessId | undefined} id */
export function isAlive(id) {
  return id !== undefined && startTimeOf(id.pid) === id.start;
}

/**
 * The identity of a process that is running now.
 * @param {number | undefined} pid
 * @returns {ProcessId | undefined}
 */
export function identify(pid) {
  const start = pid === undefined ? undefined : startTimeOf(pid);
  return pid === undefined || start === undefined ? undefined : { pid, start };
}

/**
 * @param {string} path
 * @returns {ProcessId | undefined} undefined when absent or damaged
 */
export function readPidFile(path) {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isInteger(value?.pid) && Number.isInteger(value?.start) && value.pid > 1
      ? { pid: value.pid, start: value.start }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Write a file so that a reader sees the old or the new content, never a part.
 * @param {string} path
 * @param {string} text
 * @param {number} [mode]
 */
export function writeAtomically(path, text, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
}

/**
 * @param {string} path
 * @param {ProcessId} id
 */
export function writePidFile(path, id) {
  writeAtomically(path, JSON.stringify(id) + '\n');
}

/**
 * Take a pid file for this process.
 * @param {string} path
 * @returns {ProcessId | undefined} the live owner when somebody else has it; undefined when it's ours now
 */
export function takePidFile(path) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = identify(process.pid);
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify(mine) + '\n', { flag: 'wx' });
      return undefined;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const owner = readPidFile(path);
    if (owner && isAlive(owner)) return owner;
    rmSync(path, { force: true });
  }
}

/**
 * Run `work` while holding a lock file that other processes of this checkout respect.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(owner: ProcessId) => void} [onWait] called once when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
  let told = false;
  for (let owner = takePidFile(path); owner && owner.pid !== process.pid; owner = takePidFile(path)) {
    if (!told) onWait?.(owner);
    told = true;
    await delay(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Ask `condition` again and again until it gives something true.
 * @template T
 * @param {() => T | Promise<T>} condition may throw to give up at once
 * @param {{ timeoutMs: number, everyMs?: number, what: string }} options
 * @returns {Promise<NonNullable<T>>} fails with a StackError "<what> … within N s"
 */
export async function until(condition, { timeoutMs, everyMs = 50, what }) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return /** @type {NonNullable<T>} */ (value);
    if (Date.now() > end) throw new StackError(`${what} within ${timeoutMs / 1000} s`);
    await delay(everyMs);
  }
}

/**
 * End a process: wake it when paused, ask politely, wait, then force.
 * @param {ProcessId | undefined} id
 * @param {{ graceMs?: number, signal?: NodeJS.Signals }} [options]
 * @returns {Promise<boolean>} whether it had to be forced
 */
export async function stopProcess(id, { graceMs = 15_000, signal = 'SIGTERM' } = {}) {
  if (!id || !isAlive(id)) return false;
  signalProcess(id, signal);
  signalProcess(id, 'SIGCONT');
  const end = Date.now() + graceMs;
  while (isAlive(id) && Date.now() < end) await delay(20);
  if (!isAlive(id)) return false;
  signalProcess(id, 'SIGKILL');
  await until(() => !isAlive(id), { timeoutMs: 10_000, everyMs: 10, what: `process ${id.pid} did not end` });
  return signal !== 'SIGKILL';
}

/**
 * @param {ProcessId} id
 * @param {NodeJS.Signals} signal
 */
export function signalProcess(id, signal) {
  if (!isAlive(id)) return false;
  try {
    process.kill(id.pid, signal);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Start a process of its own session (a Ctrl-C at the terminal must not reach it) that logs to a file.
 * @param {string} command
 * @param {string[]} args
 * @param {{ log: string, env: NodeJS.ProcessEnv, cwd: string, user?: { uid: number, gid: number } }} options
 */
export function spawnLogged(command, args, { log, env, cwd, user }) {
  mkdirSync(dirname(log), { recursive: true });
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(log, `${log}.1`);
  const fd = openSync(log, 'a');
  try {
    return spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', fd, fd], ...user });
  } finally {
    closeSync(fd);
  }
}

/**
 * What a program said last, for an error message: of a JSON line its message and reasons, of a stack trace the
 * error, else the last lines.
 * @param {string} path
 */
export function lastWords(path) {
  const lines = logTail(path, 40).split('\n');
  const said = wordsOf(lines.at(-1) ?? '');
  if (said) return said;
  // What stands before a JSON line was said by an earlier run.
  const own = lines.slice(lines.findLastIndex((line) => wordsOf(line) !== undefined) + 1);
  return own.findLast((line) => /^(Uncaught )?\w*Error\b.*: ./.test(line)) ?? `\n${logTail(path)}`;
}

/**
 * A log line in readable form.
 * @param {string} line
 * @returns {string | undefined} undefined when it is no JSON line of a log
 */
function wordsOf(line) {
  try {
    const { msg, problems = [], err } = JSON.parse(line);
    if (typeof msg !== 'string') return undefined;
    return [msg, problems.join('; '), err?.message || err?.code].filter(Boolean).join(': ');
  } catch {
    return undefined;
  }
}

/**
 * The last lines of a log, for an error message.
 * @param {string} path
 * @param {number} [lines]
 */
export function logTail(path, lines = 6) {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}
