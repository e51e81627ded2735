// @ts-check
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {{ uid: number, gid: number }} [user]
 * @property {boolean} [show] pass what it prints through instead of keeping it
 * @property {string} [input] what it reads from standard input
 */

/**
 * Run a command to its end, keeping what it printed. A Ctrl-C at the terminal doesn't reach it: who called ends
 * it with `endCommands`, in order.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} code 127 when the command doesn't exist
 */
export function run(command, args, { user, show = false, input, ...options } = {}) {
  return new Promise((done) => {
    const out = show ? 'inherit' : 'pipe';
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const child = spawn(command, args, { stdio: [stdin, out, out], detached: true, ...options, ...user });
    running.add(child);
    child.stdin?.end(input);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    const end = (/** @type {{ code: number, output: string }} */ result) => {
      running.delete(child);
      done(result);
    };
    child.on('error', (error) => end({ code: 127, output: error.message }));
    child.on('close', (code, signal) =>
      end({ code: code ?? 1, output: output + (signal ? `\nended by ${signal}` : '') }),
    );
  });
}

/** End every command that is still running, with its children. */
export function endCommands() {
  for (const child of running) {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // Ended meanwhile.
    }
  }
}
