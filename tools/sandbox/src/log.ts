import { pino, type DestinationStream, type Logger } from 'pino';

import { SETTINGS, type SandboxConfig } from './config.js';

/**
 * The sandbox's log: JSON lines of the same form as the gateway's processes write (`level` by name, `time` as
 * ISO 8601 in UTC, `app`, `pid`), so that one query reads all. The sandbox stands alone and has none of their code.
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { app: 'sandbox', pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? pino.destination({ fd: 1, sync: true }));
}

/** The settings by the names of their variables, as the other processes log them. None of them is secret. */
export function settingsOf(config: SandboxConfig): Record<string, unknown> {
  const keys = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];
  return Object.fromEntries(keys.map((key) => [SETTINGS[key].name, config[key]]));
}
