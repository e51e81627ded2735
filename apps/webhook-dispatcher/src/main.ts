import { configure } from '#platform/lifecycle/configure';
import { runProcess } from '#platform/lifecycle/process';
import { buildDispatcher } from './app.js';
import { definition, readDispatcherConfig } from './config.js';

const { config, log } = configure(definition, readDispatcherConfig);

const { checks, components } = buildDispatcher(config, log);
await runProcess({
  log,
  health: { host: config.healthHost, port: config.healthPort },
  checks,
  components,
});
