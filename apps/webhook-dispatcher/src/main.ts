import { createLogger } from '#platform/telemetry/logger';
import { redactedSummary } from '#platform/config/settings';
import { runProcess } from '#platform/lifecycle/process';
import { buildDispatcher } from './app.js';
import { definition, readDispatcherConfig } from './config.js';

const config = readDispatcherConfig();
const log = createLogger(definition.app, config.logLevel);
log.info({ config: redactedSummary(definition, config) }, 'process.configured');

const { checks, components } = buildDispatcher(config, log);
await runProcess({
  app: definition.app,
  log,
  health: { host: config.healthHost, port: config.healthPort },
  checks,
  components,
});
