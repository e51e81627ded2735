// @ts-check
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the processor time of a process in these, on every architecture. */
const TICK_MS = 10;
const STOP_WITHIN_MS = 20_000;

/** @typedef {ReturnType<typeof startMeasured>} Measured */

/**
 * A program in the foreground, whose processor time and memory are read from /proc: its own, its threads' and its children's.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string }} [options]
 */
export function startMeasured(program, args, { env = {}, cwd } = {}) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    // What it logs is work it does; where the lines go costs nothing here.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (bytes) => (complaints = (complaints + bytes).slice(-2_000)));
  let stopping = false;
  /** @type {Promise<never>} */
  const failed = new Promise((_done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => {
      if (!stopping) fail(new Error(`${program} ended with ${code ?? signal}:\n${complaints}`));
    });
  });
  // Whoever waits for the program hears of it; at other times nobody does.
  failed.catch(() => {});
  const tree = () => (child.pid === undefined ? [] : processTree(child.pid));
  return {
    /** Rejects when the program ends by itself. */
    failed,
    /** Milliseconds of user and system time so far. */
    cpuMs: () => tree().reduce((sum, pid) => sum + cpuTicks(pid), 0) * TICK_MS,
    /** The most memory that was resident, in MB. */
    peakMb: () => tree().reduce((sum, pid) => sum + peakKb(pid), 0) / 1_024,
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** @param {number} pid @returns {number[]} */
function processTree(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** proc(5): user and system time of the process and of the children it has waited for. @param {number} pid */
function cpuTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** @param {number} pid */
function peakKb(pid) {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}
