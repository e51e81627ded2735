// @ts-check
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  APPS,
  NODE_FLAGS,
  PREPARE,
  SANDBOX,
  accountingDir,
  describeStack,
  environmentOf,
  healthBase,
  inCheckout,
} from './apps.mjs';
import { checkMachine } from './checks.mjs';
import { endCommands, run } from './command.mjs';
import { choosePorts, externalAddresses } from './config.mjs';
import { ENGINES, addressesOf, engineReady, startEngines, stopEngines } from './engines.mjs';
import { ensureBuilt, projectNode } from './install.mjs';
import { prepareEngines } from './local-engines.mjs';
import { ROOT, folders } from './paths.mjs';
import { stackFile, stopLeftOvers, supervisorFile } from './stack-files.mjs';
import { StackError, lastWords, takePidFile, until, writeAtomically } from './process.mjs';
import { loadSecrets } from './secrets.mjs';
import { Supervisor, holdFile } from './supervisor.mjs';

/** @typedef {import('./apps.mjs').StackSettings} StackSettings */
/** @typedef {{ sandbox: boolean, externalEngines: boolean }} StackOptions */

const APPS_READY_MS = 90_000;
/** One local stack: engines, applications, sandbox. */
export class Stack {
  /**
   * @param {StackOptions} options
   * @param {(line: string) => void} say
   * @param {NodeJS.ProcessEnv} [env]
   */
  constructor(options, say, env = process.env) {
    this.options = options;
    this.say = say;
    this.env = env;
    this.places = folders(env);
    /** @type {Supervisor | undefined} */
    this.supervisor = undefined;
    /** @type {StackSettings | undefined} */
    this.settings = undefined;
    this.owner = false;
    this.published = false;
    this.stopped = false;
    /** @type {object | undefined} */
    this.demo = undefined;
  }

  /** Start everything, up to "all applications are ready". On failure nothing is left running. */
  async start() {
    const owner = takePidFile(supervisorFile(this.places));
    if (owner) {
      throw new StackError(`already running (process ${owner.pid}, ${this.places.var}): npm stop ends it`);
    }
    this.owner = true;
    /** @type {Promise<unknown>[]} */
    const pending = [];
    try {
      await stopLeftOvers(this.places, this.say);
      const ports = await choosePorts(this.env);
      await checkMachine(this.places, ports, this.options);
      const secrets = loadSecrets(this.places.var, this.env);
      const built = ensureBuilt(this.say);
      const engines = this.options.externalEngines
        ? this.#externalEngines(ports)
        : this.#localEngines(ports, secrets);
      const checked = built.then(() => this.#checkSettings(ports, secrets));
      pending.push(checked, engines);
      const [, found] = await Promise.all([checked, engines]);
      this.settings = {
        places: this.places,
        ports,
        engines: found.addresses,
        database: this.env['EG_MYSQL_DATABASE'] || 'email_gateway',
        secrets: { ...secrets, EG_MYSQL_PASSWORD: found.addresses.mysql.password },
        sandbox: this.options.sandbox,
        env: this.env,
      };
      this.#checkNotStopped();
      const prepared = this.#prepare(this.settings);
      pending.push(prepared);
      await prepared;
      this.#checkNotStopped();
      this.supervisor = this.#supervise(this.settings, found.local);
      this.supervisor.start();
      await this.supervisor.ready(APPS_READY_MS);
    } catch (error) {
      await this.#abandon(pending);
      throw error;
    }
  }

  /** Write stack.json, and from now on again at every change. */
  publish() {
    this.published = true;
    this.#write();
  }

  /** What stack.json says. */
  description() {
    if (!this.settings || !this.supervisor) throw new Error('not started');
    return describeStack(this.settings, this.supervisor.pids(), this.demo);
  }

  /** Applications first, engines last. Safe to call at any time, also while starting. */
  async stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.published = false;
    rmSync(stackFile(this.places), { force: true });
    if (this.supervisor) {
      await this.supervisor.stop();
      this.#release();
    } else if (this.owner) {
      // Still starting: `start` fails of this and clears up.
      endCommands();
      if (!this.options.externalEngines) await stopEngines(this.places);
    }
  }

  /**
   * Wrong settings are told before anything is started with them, all at once and by name. Runs while the engines
   * start, whose addresses are not known yet; those of our own are not the user's to get wrong.
   * @param {Record<string, number>} ports
   * @param {import('./secrets.mjs').Secrets} secrets
   */
  async #checkSettings(ports, secrets) {
    const { places, env } = this;
    const host = '127.0.0.1';
    /** @type {StackSettings} */
    const settings = {
      places,
      ports,
      engines: {
        mysql: {
          host,
          port: Number(ports['EG_MYSQL_PORT']),
          user: env['EG_MYSQL_USER'] || 'eg',
          password: 'x',
        },
        kafka: { brokers: [`${host}:${ports['EG_KAFKA_PORT']}`] },
        elasticsearch: { url: `http://${host}:${ports['EG_ELASTICSEARCH_PORT']}` },
        ...(this.options.externalEngines ? externalAddresses(this.env) : {}),
      },
      database: env['EG_MYSQL_DATABASE'] || 'email_gateway',
      secrets,
      sandbox: this.options.sandbox,
      env,
    };
    const apps = [PREPARE, ...APPS, ...(this.options.sandbox ? [SANDBOX] : [])];
    const input = JSON.stringify(apps.map((app) => ({ name: app.name, env: environmentOf(settings, app) })));
    const { code, output } = await run(projectNode(), [inCheckout('tools/stack/settings-check.mjs')], {
      input,
    });
    if (code !== 0 && !this.stopped) throw new StackError(output.trim());
  }

  #checkNotStopped() {
    if (this.stopped) throw new StackError('stopped while starting');
  }

  #write() {
    if (!this.published) return;
    // It holds passwords.
    writeAtomically(stackFile(this.places), JSON.stringify(this.description(), null, 2) + '\n', 0o600);
  }

  #release() {
    for (const name of ENGINES) rmSync(holdFile(this.places.run, name), { force: true });
    rmSync(stackFile(this.places), { force: true });
    rmSync(supervisorFile(this.places), { force: true });
  }

  /**
   * After a failure: end what is under way, wait for it, stop what had started.
   * @param {Promise<unknown>[]} pending
   */
  async #abandon(pending) {
    this.stopped = true;
    await this.supervisor?.stop();
    let settled = false;
    const all = Promise.allSettled(pending).then(() => (settled = true));
    do {
      endCommands();
      if (!this.options.externalEngines) await stopEngines(this.places);
      await Promise.race([all, delay(100)]);
    } while (!settled);
    if (!this.options.externalEngines) await stopEngines(this.places);
    this.#release();
  }

  /**
   * @param {Record<string, number>} ports
   * @param {import('./secrets.mjs').Secrets} secrets
   */
  async #localEngines(ports, secrets) {
    const account = { user: this.env['EG_MYSQL_USER'] || 'eg', password: secrets.EG_MYSQL_PASSWORD };
    for (const name of ENGINES) rmSync(holdFile(this.places.run, name), { force: true });
    const local = await prepareEngines(this.places, ports, account, this.say);
    this.#checkNotStopped();
    this.say('starting MySQL, Kafka and Elasticsearch');
    await startEngines(local, this.say);
    return { local, addresses: addressesOf(local) };
  }

  /** @param {Record<string, number>} ports */
  async #externalEngines(ports) {
    const addresses = externalAddresses(this.env);
    ports['EG_MYSQL_PORT'] = addresses.mysql.port;
    const answers = (/** @type {import('./engines.mjs').EngineName} */ name) => {
      this.#checkNotStopped();
      return engineReady(name, addresses);
    };
    await Promise.all(
      ENGINES.map((name) =>
        until(() => answers(name), {
          timeoutMs: 15_000,
          everyMs: 250,
          what: `${name} (external) did not answer`,
        }),
      ),
    );
    this.say('external engines answer');
    return { local: undefined, addresses };
  }

  /** @param {StackSettings} settings */
  async #prepare(settings) {
    const log = join(this.places.log, 'prepare.log');
    const args = [...NODE_FLAGS, inCheckout(PREPARE.entry)];
    const { code, output } = await run(projectNode(), args, {
      cwd: ROOT,
      env: environmentOf(settings, PREPARE),
    });
    mkdirSync(this.places.log, { recursive: true });
    mkdirSync(accountingDir(this.places, this.env), { recursive: true });
    appendFileSync(log, output);
    if (code !== 0)
      throw new StackError(`preparing MySQL, Kafka and Elasticsearch failed: ${lastWords(log)} (${log})`);
    this.say('migrations, topics and search templates are in place');
  }

  /**
   * @param {StackSettings} settings
   * @param {import('./engines.mjs').EngineSettings | undefined} engines
   */
  #supervise(settings, engines) {
    const node = projectNode();
    // The sandbox first: like an engine it's something that the applications talk to.
    const apps = [...(this.options.sandbox ? [SANDBOX] : []), ...APPS];
    const programs = apps.map((app) => ({
      name: app.name,
      command: node,
      args: [...NODE_FLAGS, inCheckout(app.entry)],
      cwd: ROOT,
      env: environmentOf(settings, app),
      health: healthBase(settings, app),
      // Without the sandbox there may be no MTA yet; mail waits in the queue for it.
      waitsFor: app.name === 'mail-sender' && !this.options.sandbox ? 'mta' : undefined,
    }));
    return new Supervisor({
      places: this.places,
      programs,
      engines,
      say: this.say,
      onChange: () => this.#write(),
    });
  }
}
