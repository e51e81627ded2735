import 'reflect-metadata';
import { redactedSummary } from '#platform/config/settings';
import { createLogger } from '#platform/telemetry/logger';
import { prepareDefinition, readPrepareConfig } from './config.js';
import { prepare } from './schema/prepare.js';

const config = readPrepareConfig();
const log = createLogger(prepareDefinition.app, config.logLevel);
log.info({ settings: redactedSummary(prepareDefinition, config) }, 'process.configured');
try {
  await prepare(config, log);
} catch (error) {
  log.fatal({ err: error }, 'prepare.failed');
  process.exitCode = 1;
}
// Everything is done and closed; timers of the Kafka client would keep the process for seconds.
process.exit();
