import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { configure } from '#platform/lifecycle/configure';
import { pollingLoop } from '#platform/lifecycle/loop';
import { runProcess } from '#platform/lifecycle/process';
import { MessageStore } from './build/message-store.js';
import { SendQueue } from './claim/send-queue.js';
import { SenderLease } from './claim/sender-lease.js';
import { definition, readMailSenderConfig } from './config.js';
import { Recorder } from './record/recorder.js';
import { Sender } from './sender.js';
import { HeldDomains } from './stop/held-domains.js';
import { MtaGate } from './submit/mta-gate.js';
import { Smtp } from './submit/smtp.js';

/** The queue is asked this often while there is nothing to send; the second figure after a while. */
const IDLE_MS = 50;
const LONG_IDLE_MS = 250;

const { config, log } = configure(definition, readMailSenderConfig);

const leaseMs = config.sendLeaseS * 1000;
const database = new MysqlDatabase(mysqlOptions(config));
const lease = new SenderLease(database, leaseMs);
const smtp = new Smtp({ host: config.mtaHost, port: config.mtaPort, connections: config.mtaConnections });
const gate = new MtaGate(() => smtp.verify(), log);
const sender = new Sender({
  queue: new SendQueue(database),
  lease,
  messages: new MessageStore(database),
  smtp,
  gate,
  recorder: new Recorder(database, log),
  referenceKey: Buffer.from(config.referenceKey, 'hex'),
  connections: config.mtaConnections,
  recoverEveryMs: leaseMs / 3,
  log,
});
const loop = pollingLoop({
  name: 'claim',
  run: (signal) => sender.turn(signal),
  idleMs: IDLE_MS,
  maxIdleMs: LONG_IDLE_MS,
  log,
});
/** Held mail is moved this often while there is nothing to move; the second figure after a while. */
const HELD_IDLE_MS = 250;
const HELD_LONG_IDLE_MS = 1_000;
const heldDomains = new HeldDomains(database, log);
const heldLoop = pollingLoop({
  name: 'held',
  run: () => heldDomains.turn(),
  idleMs: HELD_IDLE_MS,
  maxIdleMs: HELD_LONG_IDLE_MS,
  log,
});

await runProcess({
  log,
  health: { host: config.healthHost, port: config.healthPort },
  checks: [{ name: 'mysql', check: () => database.ping() }, gate, loop.readiness, heldLoop.readiness],
  components: [
    { name: 'mysql', start: () => Promise.resolve(), stop: () => database.close() },
    // The lease lapses by itself; giving it back only lets others go on sooner.
    { name: 'lease', start: () => Promise.resolve(), stop: () => lease.release() },
    { name: 'smtp', start: () => Promise.resolve(), stop: () => Promise.resolve(smtp.close()) },
    gate,
    sender,
    loop,
    heldLoop,
  ],
});
