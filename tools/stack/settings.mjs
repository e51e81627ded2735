// @ts-check
/** @typedef {{ env: string, type: string, default: string | undefined, secret: boolean, required: boolean, description: string }} SettingRow */

/**
 * @param {string} env
 * @param {string} type
 * @param {string} value default, as it would be written
 * @param {string} description
 * @returns {SettingRow}
 */
const row = (env, type, value, description) => ({
  env,
  type,
  default: value,
  secret: false,
  required: false,
  description,
});

/** What the local stack and the test run read besides ports, for the configuration reference. */
export const STACK_SETTINGS = [
  row('EG_VAR', 'path', 'var', 'Folder of everything that a local stack writes'),
  row('EG_PORTS', 'auto', '', '`auto`: free ports instead of the defaults below'),
  row(
    'EG_ENGINES_DIR',
    'path',
    'var/engines',
    'Folder of the fetched engines, shared by all stacks of a checkout',
  ),
  row(
    'EG_JAVA_HOME',
    'path',
    '',
    'JDK 21 or newer for Kafka and Elasticsearch; looked for when empty, fetched when there is none',
  ),
  row('EG_TEST_ENGINES', 'local | containers', 'local', 'What `npm test` starts the engines with'),
  row('EG_TEST_VAR', 'path', 'var/test', 'Folder of a test run'),
  row(
    'EG_TEST_MYSQL',
    'JSON',
    '',
    'With the next two: engines that run already, `{"host","port","user","password"}`',
  ),
  row('EG_TEST_KAFKA', 'host:port', '', 'Kafka for integration suites'),
  row('EG_TEST_ELASTICSEARCH', 'URL', '', 'Elasticsearch for integration suites'),
  row('EG_TEST_MYSQL_IMAGE', 'image', 'mysql:8.0', 'Image for EG_TEST_ENGINES=containers'),
  row('EG_TEST_KAFKA_IMAGE', 'image', 'apache/kafka:4.3.1', 'Image for EG_TEST_ENGINES=containers'),
  row('EG_TEST_ELASTICSEARCH_IMAGE', 'image', 'elasticsearch:9.2.4', 'Image for EG_TEST_ENGINES=containers'),
];
