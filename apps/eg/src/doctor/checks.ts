import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { ALL_TOPICS } from '#contracts/topics';
import type { Database } from '#platform/database/database';
import { describeTopics, groupLag } from '#platform/kafka/admin';
import type { Kafka } from '#platform/kafka/client';
import type { SearchClient } from '#platform/search/search-client';
import type { StackFile } from '../config.js';

export interface Finding {
  check: string;
  ok: boolean;
  /** What was seen. */
  found: string;
  /** What to do about it; empty when all is well. */
  remedy: string;
}

/** Rejects with what is wrong; resolves with what was seen. */
export interface Check {
  name: string;
  remedy: string;
  readonly run: () => Promise<string>;
}

const OLDEST_OUTBOX_ROW_S = 60;
const MOST_LAG = 100_000;
const LEAST_FREE_BYTES = 2 * 1024 ** 3;

/** A local stack: the file is true, its processes live and are ready. */
export function stackChecks(stack: StackFile | undefined, varDir: string): Check[] {
  if (!stack) return [];
  return [
    {
      name: 'processes',
      remedy: 'read var/log/<process>.log; stop and start the stack',
      run: async () => {
        const dead = Object.entries(stack.pids).filter(([, pid]) => !isAlive(pid));
        if (dead.length > 0)
          throw new Error(`not running: ${dead.map(([name, pid]) => `${name} (pid ${pid})`).join(', ')}`);
        return `${Object.keys(stack.pids).length} processes run`;
      },
    },
    ...Object.entries(stack.health).map(([app, url]) => ({
      name: `ready: ${app}`,
      remedy: `the failing check names the part that is down; details are in ${varDir}/log/${app}.log`,
      run: () => askHealth(url),
    })),
    {
      name: 'accounting folder',
      remedy: 'create the folder, or point EG_ACCOUNTING_DIR of mta-ingest to PowerMTA’s accounting folder',
      run: async () => {
        const folder = stack.mta?.accountingDir;
        if (folder === undefined) return 'not part of this stack';
        if (!existsSync(folder)) throw new Error(`${folder} does not exist`);
        return folder;
      },
    },
    {
      name: 'disk',
      remedy: 'free space: Elasticsearch and Kafka stop writing on a full disk',
      run: async () => {
        const { bavail, bsize } = await statfs(varDir);
        const free = bavail * bsize;
        const text = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
        if (free < LEAST_FREE_BYTES) throw new Error(text);
        return text;
      },
    },
  ];
}

export function mysqlChecks(database: Database): Check[] {
  return [
    {
      name: 'mysql',
      remedy: 'start MySQL, or correct EG_MYSQL_HOST, EG_MYSQL_PORT, EG_MYSQL_USER and EG_MYSQL_PASSWORD',
      run: async () => {
        const [row] = await database.query<{ version: string }>('SELECT VERSION() AS version');
        return `MySQL ${row?.version ?? '?'}`;
      },
    },
    {
      name: 'tables',
      remedy: 'run the prepare step (node dist/apps/gateway-api/src/prepare.main.js)',
      run: async () => {
        const wanted = [
          'events',
          'outbox',
          'leases',
          'oempro_users',
          'oempro_eg_domains',
          'eg_send_queue',
          'webhook_deliveries',
        ];
        const rows = await database.query<{ name: string }>(
          'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?)',
          [wanted],
        );
        const missing = wanted.filter((table) => !rows.some(({ name }) => name === table));
        if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
        return 'migrated';
      },
    },
    {
      name: 'outbox',
      remedy: 'look at the outbox-relay: it does not run, or Kafka does not take its messages',
      run: async () => {
        const [row] = await database.query<{ pending: number; age: number | null }>(
          "SELECT COUNT(*) AS pending, TIMESTAMPDIFF(SECOND, MIN(created_at), NOW(6)) AS age FROM outbox WHERE state = 'pending'",
        );
        const age = Number(row?.age ?? 0);
        const text = `${row?.pending ?? 0} pending, the oldest for ${age} s`;
        if (age > OLDEST_OUTBOX_ROW_S) throw new Error(text);
        return text;
      },
    },
    {
      name: 'accounting rows',
      remedy:
        'eg ingest status shows them with their reasons; eg ingest reprocess takes them once the cause is gone',
      run: async () => {
        const [row] = await database.query<{ bad: number }>(
          'SELECT COUNT(*) AS bad FROM ingest_quarantine WHERE done_at IS NULL',
        );
        const bad = Number(row?.bad ?? 0);
        if (bad > 0) throw new Error(`${bad} rows in quarantine`);
        return 'no row in quarantine';
      },
    },
  ];
}

export function kafkaChecks(kafka: Kafka): Check[] {
  return [
    {
      name: 'kafka',
      remedy: 'start Kafka, or correct EG_KAFKA_BROKERS; missing topics: run the prepare step',
      run: async () => {
        const topics = await describeTopics(
          kafka,
          ALL_TOPICS.map(({ name }) => name),
        );
        const narrow = ALL_TOPICS.filter(
          ({ name, partitions }) =>
            (topics.find(({ topic }) => topic === name)?.partitions.length ?? 0) < partitions,
        );
        if (narrow.length > 0)
          throw new Error(`missing or too few partitions: ${narrow.map(({ name }) => name).join(', ')}`);
        return `${topics.length} topics`;
      },
    },
    {
      name: 'lag',
      remedy: 'look at the named consumer: it does not run, or cannot write',
      run: async () => {
        const groups = [...new Set(ALL_TOPICS.flatMap(({ consumers }) => consumers))].map((group) => ({
          group,
          topics: ALL_TOPICS.filter(({ consumers }) => consumers.some((each) => each === group)).map(
            ({ name }) => name,
          ),
        }));
        const lags = await groupLag(kafka, groups);
        const behind = lags.filter(({ lag }) => lag > MOST_LAG);
        if (behind.length > 0) {
          throw new Error(
            behind
              .map(({ group, topic, partition, lag }) => `${group} ${topic}/${partition}: ${lag}`)
              .join(', '),
          );
        }
        return `${lags.reduce((sum, { lag }) => sum + lag, 0)} messages behind in all`;
      },
    },
  ];
}

export function searchChecks(search: SearchClient): Check[] {
  return [
    {
      name: 'elasticsearch',
      remedy: 'start Elasticsearch, or correct EG_ELASTICSEARCH_URL',
      run: async () => {
        await search.ping();
        const documents = await search.count({ index: 'eg-events-u*' });
        return `${documents} event documents`;
      },
    },
  ];
}

/** Runs every check, none stops another. */
export async function examine(checks: readonly Check[]): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ name, remedy, run }) => {
      try {
        return { check: name, ok: true, found: await run(), remedy: '' };
      } catch (error) {
        return {
          check: name,
          ok: false,
          found: error instanceof Error ? error.message : String(error),
          remedy,
        };
      }
    }),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function askHealth(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  } catch {
    throw new Error(`no answer from ${url}`);
  }
  const body = (await response.json()) as { failing?: string; checks?: Record<string, string> };
  if (response.ok) return 'ready';
  throw new Error(
    `${body.failing ?? 'not ready'}: ${body.checks?.[body.failing ?? ''] ?? `HTTP ${response.status}`}`,
  );
}
