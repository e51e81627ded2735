import { setTimeout as delay } from 'node:timers/promises';
import { contractMigrations } from '#contracts/schema/migrations';
import { EVENT_TEMPLATE_NAME, eventsTemplate } from '#contracts/search/event-index';
import { ALL_TOPICS } from '#contracts/topics';
import { createTopics } from '#platform/kafka/admin';
import { createKafka } from '#platform/kafka/client';
import { plumbingMigrations, type Migration } from '#platform/schema/plumbing';
import { ElasticsearchSearchClient, SearchRefused } from '#platform/search/search-client';
import type { Logger } from '#platform/telemetry/logger';
import type { PrepareConfig } from '../config.js';
import { migrate, MigrationFailed } from './migrations.js';

/** How long one step waits for an engine that is coming up, in total and between attempts. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Brings the engines to what this version needs: tables, topics, index template. Idempotent. Each step waits up to 60 s
 * for its engine, as long as waiting can help, and is one log line. Rejects with the last reason of the step that did not work.
 */
export async function prepare(
  config: PrepareConfig,
  log: Logger,
  migrations: readonly Migration[] = [...plumbingMigrations, ...contractMigrations],
): Promise<void> {
  await step('mysql', log, () =>
    migrate(
      {
        host: config.mysqlHost,
        port: config.mysqlPort,
        user: config.mysqlUser,
        password: config.mysqlPassword,
        database: config.mysqlDatabase,
      },
      migrations,
    ).then((applied) => ({ applied })),
  );
  const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: 'prepare', log });
  await step('kafka', log, async () => ({ created: await createTopics(kafka, ALL_TOPICS) }));
  const search = new ElasticsearchSearchClient({ url: config.elasticsearchUrl });
  try {
    await step('elasticsearch', log, async () => {
      await search.putTemplate(EVENT_TEMPLATE_NAME, eventsTemplate);
      return { template: EVENT_TEMPLATE_NAME };
    });
  } finally {
    await search.close();
  }
}

async function step(engine: string, log: Logger, work: () => Promise<object>): Promise<void> {
  const startedAt = performance.now();
  for (let attempts = 1; ; attempts++) {
    try {
      const done = await work();
      log.info(
        { engine, ...done, attempts, durationMs: Math.round(performance.now() - startedAt) },
        'step.prepared',
      );
      return;
    } catch (error) {
      const pointless = error instanceof MigrationFailed || error instanceof SearchRefused;
      if (pointless || performance.now() - startedAt > PATIENCE_MS)
        throw new Error(`${engine} could not be prepared`, { cause: error });
      if (attempts === 1) log.warn({ engine, err: error }, 'step.waiting');
      await delay(PAUSE_MS);
    }
  }
}
