import { ConfigError, readConfig, type SandboxConfig } from './config.js';
import { createLog, settingsOf } from './log.js';
import { ListenError, startSandbox } from './sandbox.js';

/** A process that can't end by itself within this time ends all the same. */
const STOP_MS = 10_000;

function configOrExit(): SandboxConfig {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(({ env, reason }) => `${env} ${reason}`);
    createLog('fatal').fatal({ problems }, 'settings.wrong');
    process.exit(1);
  }
}

const config = configOrExit();
const log = createLog(config.logLevel);
log.info({ settings: settingsOf(config) }, 'process.configured');

try {
  const sandbox = await startSandbox(config, log);
  log.info({ ports: sandbox.ports }, 'sandbox.ready');
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'sandbox.stopping');
    setTimeout(() => {
      log.fatal('sandbox did not stop in time');
      process.exit(1);
    }, STOP_MS).unref();
    sandbox.close().then(
      () => {
        log.info('sandbox.stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.fatal({ err: error }, 'sandbox.stop-failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
} catch (error) {
  if (error instanceof ListenError) log.fatal(error.message);
  else log.fatal({ err: error }, 'sandbox.start-failed');
  process.exit(1);
}
