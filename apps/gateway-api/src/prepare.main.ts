import 'reflect-metadata';
import { configure } from '#platform/lifecycle/configure';
import { prepareDefinition, readPrepareConfig } from './config.js';
import { prepare } from './schema/prepare.js';

const { config, log } = configure(prepareDefinition, readPrepareConfig);
try {
  await prepare(config, log);
} catch (error) {
  log.fatal({ err: error }, 'prepare.failed');
  process.exitCode = 1;
}
// Everything is done and closed; timers of the Kafka client would keep the process for seconds.
process.exit();
