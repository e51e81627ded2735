import type { Command } from 'commander';
import { ConfigError } from '#platform/config/settings';
import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { ElasticsearchSearchClient } from '#platform/search/search-client';
import { readDoctorConfig, readStack, varDirOf } from '../config.js';
import {
  examine,
  kafkaChecks,
  mysqlChecks,
  searchChecks,
  stackChecks,
  type Finding,
} from '../doctor/checks.js';
import { openKafka } from '../kafka.js';
import { print } from '../output.js';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'what is wrong with this installation, and what to do about it; exit code 1 when anything is',
    )
    .action(async (_options, command: Command) => {
      const findings = await examineAll();
      const rows = findings.map(({ ok, ...finding }) => ({ '': ok ? 'ok' : 'WRONG', ...finding }));
      print(command.optsWithGlobals()['json'], findings, rows);
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

async function examineAll(): Promise<Finding[]> {
  const varDir = varDirOf();
  const stack = readStack(varDir);
  const running: Finding = stack
    ? { check: 'stack', ok: true, found: `${varDir}/run/stack.json`, remedy: '' }
    : {
        check: 'stack',
        ok: false,
        found: `no ${varDir}/run/stack.json: no local stack runs here`,
        remedy: 'run npm start; an installation without it is found through the EG_* settings',
      };
  let config: ReturnType<typeof readDoctorConfig>;
  try {
    config = readDoctorConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const found = error.problems.map(({ env, reason }) => `${env} ${reason}`).join('; ');
    return [running, { check: 'settings', ok: false, found, remedy: 'set the named variables' }];
  }
  const database = new MysqlDatabase({ ...mysqlOptions(config), poolSize: 4 });
  const search = new ElasticsearchSearchClient({ url: config.elasticsearchUrl });
  try {
    const findings = await examine([
      ...stackChecks(stack, varDir),
      ...mysqlChecks(database),
      ...kafkaChecks(openKafka()),
      ...searchChecks(search),
    ]);
    return [running, ...findings];
  } finally {
    await Promise.all([database.close(), search.close()]);
  }
}
