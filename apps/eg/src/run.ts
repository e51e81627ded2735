import { CommanderError } from 'commander';
import { ConfigError } from '#platform/config/settings';
import { buildProgram } from './program.js';

const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * Runs the command and returns its exit code; what went wrong stands on stderr then.
 * @param args what follows `eg` on the command line
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Help and version that were asked for end with 0; everything else that the parser refuses is wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    const text = error instanceof ConfigError || error instanceof Error ? error.message : String(error);
    process.stderr.write(`eg: ${text}\n`);
    return FAILED;
  }
}
