// @ts-check
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { run } from './command.mjs';
import { StackError, logTail, spawnLogged } from './process.mjs';

/** @typedef {import('./engines.mjs').EngineSettings} EngineSettings */

const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qk';

/** ApiVersions v0, the one request that every broker answers: length, api key 18, version 0, correlation 7, "eg". */
const API_VERSIONS = Buffer.from('0000000c001200000000000700026567', 'hex');

/**
 * Start a single KRaft broker, formatting its data folder first when it's new.
 * @param {EngineSettings} settings
 */
export async function startKafka(settings) {
  const { engines, data, log, user, java } = settings;
  const folder = join(data, 'kafka');
  const stored = join(folder, 'data');
  const file = join(folder, 'server.properties');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, properties(settings, stored));
  const program = join(java, 'bin/java');
  const options = { cwd: folder, user, env: { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8' } };
  const classPath = ['-cp', `${engines.kafkaLib}/*`];
  if (!existsSync(join(stored, 'meta.properties'))) {
    const format = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', CLUSTER_ID, '-c', file];
    const quick = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
    const made = await run(program, [...quick, ...classPath, ...format], options);
    if (made.code !== 0)
      throw new StackError(`Kafka could not format its data folder: ${made.output.trim()}`);
  }
  const args = [
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    '-XX:+AutoCreateSharedArchive',
    `-XX:SharedArchiveFile=${join(folder, 'kafka.jsa')}`,
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    ...classPath,
    'kafka.Kafka',
    file,
  ];
  const child = spawnLogged(program, args, { log: join(log, 'kafka.log'), ...options });
  return { child, failure: () => `Kafka ended while it started:\n${logTail(join(log, 'kafka.log'))}` };
}

/**
 * @param {EngineSettings} settings
 * @param {string} stored
 */
function properties({ kafka }, stored) {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${kafka.controllerPort}
listeners=PLAINTEXT://127.0.0.1:${kafka.port},CONTROLLER://127.0.0.1:${kafka.controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${kafka.port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${stored}
auto.create.topics.enable=false
num.partitions=4
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=8388608
log.cleaner.threads=1
num.network.threads=2
num.io.threads=2
`;
}

/**
 * Whether a broker answers on the address.
 * @param {{ host: string, port: number }} address
 * @returns {Promise<boolean>}
 */
export function kafkaReady({ host, port }) {
  return new Promise((done) => {
    const socket = connect({ host, port }, () => socket.write(API_VERSIONS));
    let answer = Buffer.alloc(0);
    const end = (/** @type {boolean} */ ready) => {
      socket.destroy();
      done(ready);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 10) end(answer.readInt32BE(4) === 7 && answer.readInt16BE(8) === 0);
    });
  });
}
