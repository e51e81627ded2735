import {
  ConfigError,
  redactedSummary,
  type ConfigDefinition,
  type Settings,
  type Values,
} from '../config/settings.js';
import { createLogger, type Logger } from '../telemetry/logger.js';

/**
 * The first thing that a process does: its settings and its log. A wrong setting ends the process with exit code 1 and
 * one log line that names every variable that is wrong.
 * @param read the app's own reader of the environment
 */
export function configure<S extends Settings, Config extends Values<S> & { readonly logLevel: string }>(
  definition: ConfigDefinition<S>,
  read: () => Config,
): { config: Config; log: Logger } {
  try {
    const config = read();
    const log = createLogger(definition.app, config.logLevel);
    log.info({ settings: redactedSummary(definition, config) }, 'process.configured');
    return { config, log };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(({ env, reason }) => `${env} ${reason}`);
    createLogger(definition.app, 'fatal').fatal({ problems }, 'settings.wrong');
    process.exit(1);
  }
}
