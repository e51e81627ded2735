import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IngestOperation } from '#contracts/ingest/ingest-operations';
import { ingestEnvironment } from './config.js';
import { CommandFailed } from './output.js';

const ENTRY = fileURLToPath(new URL('../../mta-ingest/src/operate.main.js', import.meta.url));
const FLAGS = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
const MOST_ANSWERED_BYTES = 256 * 1024 * 1024;

/**
 * Runs one operation of the accounting ingest in a process of its own, with the ingest's own code and settings.
 * @throws CommandFailed with what that process says
 */
export async function runIngest<Answer>(operation: IngestOperation): Promise<Answer> {
  if (!existsSync(ENTRY)) throw new CommandFailed('the ingest is not built: run npm run build');
  const args = [...FLAGS, ENTRY, JSON.stringify(operation)];
  const options = { env: ingestEnvironment(), maxBuffer: MOST_ANSWERED_BYTES };
  const answer = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error) reject(new CommandFailed(stderr.trim() || error.message));
      else resolve(stdout);
    });
  });
  return JSON.parse(answer) as Answer;
}
