import { CommanderError } from 'commander';
import { ConfigError } from '#platform/config/settings';
import { buildProgram } from './program.js';

const WRONG_USAGE = 2;

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version that were asked for end with 0; everything else that the parser refuses is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  } else {
    const text = error instanceof ConfigError || error instanceof Error ? error.message : String(error);
    process.stderr.write(`eg: ${text}\n`);
    process.exitCode = 1;
  }
}
