// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDemo, sendDemoMail } from './demo.mjs';
import { killEverything } from './kill.mjs';
import { ROOT, folders } from './paths.mjs';
import { StackError } from './process.mjs';
import { progress } from './progress.mjs';
import { Stack } from './stack.mjs';
import { stackFile } from './stack-files.mjs';

const HELP = `npm start [-- options]   start the whole system and keep it running until Ctrl-C

  --no-demo            do not send the demo's messages
  --no-sandbox         leave out the sandbox (and with it the demo)
  --engines external   use the engines that EG_MYSQL_*, EG_KAFKA_BROKERS and EG_ELASTICSEARCH_URL name
  --detach             return once ready; npm stop ends it
  --help               this text

Settings are EG_* environment variables, see docs/configuration.md. EG_PORTS=auto picks free ports.`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        'no-demo': { type: 'boolean', default: false },
        'no-sandbox': { type: 'boolean', default: false },
        engines: { type: 'string', default: 'local' },
        detach: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (!['local', 'external'].includes(values.engines))
      throw new Error(`--engines ${values.engines}: local or external`);
    return values;
  } catch (error) {
    throw new StackError(`${/** @type {Error} */ (error).message} (see npm start -- --help)`);
  }
}

/**
 * Start in a process of its own and wait until it says that it's ready.
 * @returns {Promise<number>} exit code
 */
function detached() {
  const places = folders();
  mkdirSync(places.log, { recursive: true });
  const log = openSync(join(places.log, 'stack.log'), 'a');
  const args = process.argv.slice(2).filter((argument) => argument !== '--detach');
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal));
  return new Promise((done) => {
    child.on('message', (/** @type {{ line?: string, ready?: boolean }} */ message) => {
      if (message.line) console.log(message.line);
      if (!message.ready) return;
      child.disconnect();
      child.unref();
      done(0);
    });
    child.once('exit', (code) => done(code ?? 1));
  });
}

/**
 * @param {ReturnType<typeof options>} chosen
 * @returns {Promise<number>} exit code
 */
async function foreground(chosen) {
  const tell = (/** @type {string} */ line) => {
    console.log(line);
    if (process.connected) process.send?.({ line });
  };
  const say = progress(tell);
  const stack = new Stack(
    { sandbox: !chosen['no-sandbox'], externalEngines: chosen.engines === 'external' },
    say,
  );
  const { interrupted, stopped } = stopOnSignal(stack, say);
  const withDemo = !chosen['no-demo'] && !chosen['no-sandbox'];
  try {
    await stack.start();
    const account = withDemo ? await attempt(stack, () => ensureDemo(stack, say)) : undefined;
    if (!stack.stopped) {
      stack.publish();
      say(`ready, see ${stackFile(stack.places)}`);
    }
    if (account) await attempt(stack, () => sendDemoMail(stack, account, say));
  } catch (error) {
    // After a Ctrl-C every failure is only its echo.
    if (!interrupted()) tell(messageOf(error));
    await stack.stop();
    return 1;
  }
  if (!stack.stopped) {
    for (const line of whereEverythingIs(stack.description(), stack.places)) tell(line);
    if (process.connected) process.send?.({ ready: true });
  }
  await stopped;
  return 0;
}

/**
 * The demo shows; that it fails is told, and the system keeps running.
 * @template T
 * @param {Stack} stack
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function attempt(stack, work) {
  try {
    return await work();
  } catch (error) {
    if (!stack.stopped) stack.say(`demo FAILED: ${messageOf(error)}`);
    return undefined;
  }
}

/** @param {unknown} error */
function messageOf(error) {
  if (error instanceof StackError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Under npm there is a shell between: a signal ends npm and the shell, and doesn't reach us. Being left alone
 * means the same. A detached run is alone on purpose.
 * @param {() => void} act
 */
function onParentGone(act) {
  if (!process.env['npm_lifecycle_event'] || process.connected) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, 200);
}

/** A signal that follows so soon is the same Ctrl-C: npm passes on what the terminal already gave us. */
const SAME_SIGNAL_MS = 1000;

/**
 * @param {Stack} stack
 * @param {(line: string) => void} say
 * @returns {{ interrupted: () => boolean, stopped: Promise<void> }} `stopped` settles when a signal has ended the stack
 */
function stopOnSignal(stack, say) {
  let first = 0;
  const stopped = new Promise((/** @type {(value: void) => void} */ done) => {
    const onSignal = async () => {
      if (first > 0 && Date.now() - first < SAME_SIGNAL_MS) return;
      if (first > 0) {
        say('killing everything');
        killEverything(stack.places);
        process.exit(1);
      }
      first = Date.now();
      say('stopping (once more to kill)');
      await stack.stop();
      say('stopped');
      done();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void onSignal());
    onParentGone(() => void onSignal());
  });
  return { interrupted: () => first > 0, stopped };
}

/**
 * @param {ReturnType<Stack['description']>} found
 * @param {import('./paths.mjs').Folders} places
 */
function whereEverythingIs(found, places) {
  const line = (/** @type {string} */ name, /** @type {string} */ value) => `  ${name.padEnd(16)} ${value}`;
  return [
    '',
    line('API', `${found.api}/api/v1 and ${found.api}/api.php`),
    line('operator', found.operator),
    ...(found.sandbox
      ? [line('inbox', found.sandbox.inbox), line('webhooks', found.sandbox.receiverAdmin)]
      : []),
    line('MySQL', `${found.mysql.host}:${found.mysql.port}, database ${found.mysql.database}`),
    line('Kafka', found.kafka.brokers.join(',')),
    line('Elasticsearch', found.elasticsearch.url),
    line('MTA', `${found.mta.smtp}, accounting ${found.mta.accountingDir}`),
    line('everything', `${stackFile(places)} (keys and passwords too)`),
    line('logs', places.log),
    '',
  ];
}

/** @returns {Promise<number>} */
async function main() {
  const chosen = options();
  if (chosen.help) {
    console.log(HELP);
    return 0;
  }
  return chosen.detach ? detached() : foreground(chosen);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
// Timers and sockets of an interrupted start must not keep us.
process.exit();
