// @ts-check
// Test engines in containers, for EG_TEST_ENGINES=containers. A process of its own on the project's Node (which
// testcontainers needs): sends {env} to its parent once ready, and removes the containers when the parent goes.
import { GenericContainer, Wait, getContainerRuntimeClient } from 'testcontainers';
import { freePorts } from './ports.mjs';

const image = (/** @type {string} */ variable, /** @type {string} */ fallback) =>
  process.env[variable] || fallback;
const PASSWORD = 'test';

function mysql() {
  return new GenericContainer(image('EG_TEST_MYSQL_IMAGE', 'mysql:8.0'))
    .withExposedPorts(3306)
    .withEnvironment({ MYSQL_ROOT_PASSWORD: PASSWORD })
    .withCommand([
      'mysqld',
      '--max-connections=400',
      '--transaction-isolation=READ-COMMITTED',
      '--skip-log-bin',
    ])
    .withWaitStrategy(Wait.forLogMessage(/ready for connections.*port: 3306/))
    .start();
}

/** @param {number} port on the host, which the broker must name to its clients */
function kafka(port) {
  return new GenericContainer(image('EG_TEST_KAFKA_IMAGE', 'apache/kafka:4.3.1'))
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      ADVERTISED: `127.0.0.1:${port}`,
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
}

function elasticsearch() {
  const name = image('EG_TEST_ELASTICSEARCH_IMAGE', 'elasticsearch:9.2.4');
  return new GenericContainer(name)
    .withExposedPorts(9200)
    .withEnvironment({
      'discovery.type': 'single-node',
      'xpack.security.enabled': 'false',
      'action.auto_create_index': 'false',
      'cluster.routing.allocation.disk.threshold_enabled': 'false',
      ES_JAVA_OPTS: '-Xms512m -Xmx512m',
    })
    .withWaitStrategy(Wait.forHttp('/_cluster/health?wait_for_status=yellow', 9200))
    .withStartupTimeout(120_000)
    .start();
}

/** @type {import('testcontainers').StartedTestContainer[]} */
const started = [];
const end = async () => {
  await Promise.allSettled(started.map((container) => container.stop()));
  process.exit();
};
process.once('disconnect', () => void end());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end());

/**
 * @param {{ env?: NodeJS.ProcessEnv, problem?: string }} message
 * @returns {Promise<void>} settles when it has left
 */
const tell = (message) => new Promise((done) => process.send?.(message, undefined, undefined, () => done()));

try {
  await getContainerRuntimeClient();
} catch {
  await tell({ problem: 'no container runtime answers: start Docker, or leave EG_TEST_ENGINES out' });
  await end();
}

const [port] = await freePorts(1);
const keep = async (/** @type {Promise<import('testcontainers').StartedTestContainer>} */ starting) => {
  const container = await starting;
  started.push(container);
  return container;
};
try {
  const [database, , search] = await Promise.all([
    keep(mysql()),
    keep(kafka(Number(port))),
    keep(elasticsearch()),
  ]);
  const account = {
    host: database.getHost(),
    port: database.getMappedPort(3306),
    user: 'root',
    password: PASSWORD,
  };
  await tell({
    env: {
      EG_TEST_MYSQL: JSON.stringify(account),
      EG_TEST_KAFKA: `127.0.0.1:${port}`,
      EG_TEST_ELASTICSEARCH: `http://${search.getHost()}:${search.getMappedPort(9200)}`,
    },
  });
} catch (error) {
  await tell({ problem: `containers did not start: ${/** @type {Error} */ (error).message}` });
}
