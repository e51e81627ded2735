// @ts-check
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ENGINES, engineProcess, pidFile, startEngine, stopEngine } from './engines.mjs';
import {
  StackError,
  identify,
  isAlive,
  lastWords,
  readPidFile,
  spawnLogged,
  stopProcess,
  until,
  writePidFile,
} from './process.mjs';

/** @typedef {import('./process.mjs').ProcessId} ProcessId */
/** @typedef {import('./engines.mjs').EngineName} EngineName */

/**
 * @typedef {object} Program a process to keep alive
 * @property {string} name of its log and pid file
 * @property {string} command
 * @property {string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {string} health base URL of its health server
 * @property {string} [waitsFor] the one readiness check that the start does not wait for
 */

/** First wait before a restart, and the longest when a program keeps failing, milliseconds. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** Who was killed from outside isn't at fault: never wait longer than this. */
const LONGEST_WAIT_KILLED_MS = 1000;
/** A program that ran so long isn't "failing again". */
const STEADY_MS = 2000;
/** A program that ends so often before the stack was ever ready makes the start fail. */
const START_ATTEMPTS = 3;
/** How long a program may take to end, milliseconds. */
export const APP_STOP_MS = 20_000;
const WATCH_EVERY_MS = 200;

/**
 * How long to wait before the next start.
 * @param {number} failures ends in a row, this one included, that came soon after the start
 * @param {boolean} killed by SIGKILL
 */
export function restartDelay(failures, killed) {
  const longest = killed ? LONGEST_WAIT_KILLED_MS : LONGEST_WAIT_MS;
  return Math.min(longest, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1));
}

/**
 * The marker of an engine that was stopped on purpose: nobody starts it while it's there.
 * @param {string} runFolder
 * @param {EngineName} name
 */
export function holdFile(runFolder, name) {
  return join(runFolder, `hold-${name}`);
}

/** Keeps programs and engines alive until told to stop. */
export class Supervisor {
  /**
   * @param {object} options
   * @param {{ run: string, log: string, data: string }} options.places
   * @param {Program[]} options.programs in the order of starting
   * @param {import('./engines.mjs').EngineSettings | undefined} options.engines undefined: not ours to keep
   * @param {(line: string) => void} options.say
   * @param {() => void} options.onChange called when a pid has changed
   */
  constructor({ places, programs, engines, say, onChange }) {
    this.places = places;
    this.programs = programs;
    this.engines = engines;
    this.say = say;
    this.onChange = onChange;
    this.stopping = new AbortController();
    /** @type {Map<string, ProcessId>} */
    this.processes = new Map();
    /** @type {Promise<void>[]} */
    this.loops = [];
    this.everReady = false;
    /** @type {StackError | undefined} */
    this.startFailure = undefined;
  }

  start() {
    for (const program of this.programs) this.loops.push(this.#keep(program));
    if (this.engines) for (const name of ENGINES) this.loops.push(this.#watch(name, this.engines));
  }

  /**
   * Wait until every program says that it's ready.
   * @param {number} timeoutMs
   */
  async ready(timeoutMs) {
    /** @type {Set<string>} */
    const waiting = new Set();
    const isReady = async (/** @type {Program} */ program) => {
      if (this.startFailure) throw this.startFailure;
      if (this.stopping.signal.aborted) throw new StackError('stopped while starting');
      const failing = await failingChecks(`${program.health}/health/ready`);
      if (failing?.length === 1 && failing[0] === program.waitsFor) {
        const { EG_MTA_HOST: host = '127.0.0.1', EG_MTA_PORT: port } = program.env;
        this.say(
          `${program.name} waits for the MTA at ${host}:${port}: set EG_MTA_HOST and EG_MTA_PORT, or start it`,
        );
        waiting.add(program.name);
        return true;
      }
      return failing?.length === 0;
    };
    await Promise.all(
      this.programs.map(async (program) => {
        const what = `${program.name} was not ready (${program.health}/health/ready, ${this.#log(program.name)})`;
        await until(() => isReady(program), { timeoutMs, everyMs: 100, what });
        if (!waiting.has(program.name)) this.say(`${program.name} ready`);
      }),
    );
    this.everReady = true;
  }

  /** @returns {Record<string, number>} name to pid of everything that runs now, engines included when they're ours */
  pids() {
    /** @type {Record<string, number>} */
    const found = {};
    for (const { name } of this.programs) {
      const id = this.processes.get(name);
      if (id) found[name] = id.pid;
    }
    for (const name of this.engines ? ENGINES : []) {
      const id = engineProcess(name, this.places);
      if (id) found[name] = id.pid;
    }
    return found;
  }

  /** Programs first, the last started first, then engines; nothing is left. */
  async stop() {
    this.stopping.abort();
    const ending = [];
    for (const { name } of this.programs.toReversed()) {
      const end = stopProcess(this.processes.get(name), { graceMs: APP_STOP_MS });
      ending.push(end.then((forced) => forced && this.say(`${name} did not end by itself and was killed`)));
    }
    await Promise.all(ending);
    if (this.engines) await Promise.all(ENGINES.map((name) => stopEngine(name, this.places)));
    await Promise.all(this.loops);
    // A restart may have been under way in the meantime.
    for (const { name } of this.programs) await this.#forget(name);
    if (this.engines) await Promise.all(ENGINES.map((name) => stopEngine(name, this.places)));
  }

  /** @param {string} name */
  async #forget(name) {
    await stopProcess(this.processes.get(name), { graceMs: APP_STOP_MS });
    rmSync(pidFile(this.places.run, name), { force: true });
  }

  /** @param {string} name */
  #log(name) {
    return join(this.places.log, `${name}.log`);
  }

  /** @param {Program} program */
  async #keep(program) {
    const { signal } = this.stopping;
    for (let failures = 0, starts = 1; !signal.aborted; starts++) {
      const began = Date.now();
      const end = await this.#runOnce(program);
      if (signal.aborted) return;
      failures = Date.now() - began > STEADY_MS ? 1 : failures + 1;
      if (!this.everReady && starts >= START_ATTEMPTS) {
        const words = lastWords(this.#log(program.name));
        this.startFailure = new StackError(`${program.name} ends at start (${end.reason}): ${words}`);
        return;
      }
      const wait = restartDelay(failures, end.killed);
      this.say(`${program.name} ended (${end.reason}), starting it again in ${wait} ms`);
      await pause(wait, signal);
    }
  }

  /**
   * @param {Program} program
   * @returns {Promise<{ reason: string, killed: boolean }>}
   */
  #runOnce({ name, command, args, cwd, env }) {
    return new Promise((done) => {
      const child = spawnLogged(command, args, { log: this.#log(name), cwd, env });
      child.once('error', (error) => done({ reason: error.message, killed: false }));
      child.once('exit', (code, signal) => {
        this.processes.delete(name);
        done({ reason: signal ?? `exit code ${code}`, killed: signal === 'SIGKILL' });
      });
      const id = identify(child.pid);
      if (!id) return;
      this.processes.set(name, id);
      writePidFile(pidFile(this.places.run, name), id);
      this.onChange();
    });
  }

  /**
   * @param {EngineName} name
   * @param {import('./engines.mjs').EngineSettings} settings
   */
  async #watch(name, settings) {
    const { signal } = this.stopping;
    let known = readPidFile(pidFile(this.places.run, name));
    for (let failures = 0; !signal.aborted; await pause(WATCH_EVERY_MS, signal)) {
      if (isAlive(known)) continue;
      const held = existsSync(holdFile(this.places.run, name));
      if (known) {
        this.say(held ? `${name} is held` : `${name} ended by itself, starting it again`);
        known = undefined;
        this.onChange();
      }
      if (held) {
        failures = 0;
        continue;
      }
      try {
        known = await startEngine(name, settings);
        failures = 0;
        if (!signal.aborted) this.say(`${name} ready again`);
      } catch (error) {
        failures += 1;
        if (!signal.aborted) this.say(/** @type {Error} */ (error).message);
        await pause(restartDelay(failures, false), signal);
      }
      this.onChange();
    }
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal ends the wait early
 */
async function pause(ms, signal) {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Told to stop.
  }
}

/**
 * @param {string} url of /health/ready
 * @returns {Promise<string[] | undefined>} names of the checks that fail; undefined when nobody answers
 */
async function failingChecks(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3000) });
    const { checks = {} } = /** @type {{ checks?: Record<string, string> }} */ (await answer.json());
    const failing = Object.keys(checks).filter((name) => checks[name] !== 'ok');
    return answer.status === 200 || failing.length > 0 ? failing : ['health'];
  } catch {
    return undefined;
  }
}
