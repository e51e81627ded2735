// @ts-check
import { fork } from 'node:child_process';
import { projectNode } from '../../tools/stack/install.mjs';

/**
 * A contender in a process of its own: it sends one message when it is ready, answers `{ask}` messages with
 * `{answer}`, and ends when its channel closes.
 * @param {URL} script
 * @param {Record<string, string>} [env]
 */
export async function startChild(script, env = {}) {
  const child = fork(script, [], {
    execPath: projectNode(),
    execArgv: ['--expose-gc', '--disable-warning=TimeoutNegativeWarning'],
    env: { ...process.env, ...env },
    // What it logs is work it does; where the lines go costs nothing here.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = await nextMessage(child);
  return {
    ready,
    /** @param {string} what @param {unknown} [detail] @returns {Promise<any>} */
    async ask(what, detail) {
      const answer = nextMessage(child);
      child.send({ ask: what, detail });
      return answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((done) => child.once('exit', done));
      child.disconnect();
      await ended;
    },
  };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<any>}
 */
function nextMessage(child) {
  return new Promise((done, fail) => {
    const onExit = (/** @type {number | null} */ code) => fail(new Error(`a contender ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      done(message);
    });
  });
}

/**
 * The other end: answers the parent, and ends with it.
 * @param {unknown} ready
 * @param {Record<string, (detail: any) => unknown>} answers
 */
export function serveParent(ready, answers) {
  process.on('message', (/** @type {{ ask: string, detail: unknown }} */ { ask, detail }) => {
    void Promise.resolve(answers[ask]?.(detail)).then((answer) => process.send?.(answer ?? null));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(ready);
}

/** Processor time and memory of this process so far. */
export function usage() {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 1_048_576 };
}
