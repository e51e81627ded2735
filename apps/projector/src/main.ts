import 'reflect-metadata';
import { TOPICS } from '#contracts/topics';
import { redactedSummary } from '#platform/config/settings';
import { createKafka, createProducer } from '#platform/kafka/client';
import { kafkaMicroservice } from '#platform/kafka/microservice';
import { KafkaTransport } from '#platform/kafka/transport';
import { runProcess } from '#platform/lifecycle/process';
import { ElasticsearchSearchClient } from '#platform/search/search-client';
import { createLogger } from '#platform/telemetry/logger';
import { definition, readProjectorConfig } from './config.js';
import { EventIndices } from './mail-events/event-indices.js';
import { ProjectorModule } from './projector.module.js';

const config = readProjectorConfig();
const log = createLogger('projector', config.logLevel);
log.info({ settings: redactedSummary(definition, config) }, 'config.read');

const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: 'projector', log });
const deadLetters = createProducer(kafka);
const search = new ElasticsearchSearchClient({ url: config.elasticsearchUrl });
const indices = new EventIndices(search);
const transport = new KafkaTransport({
  kafka,
  groupId: 'projector',
  deadLetters,
  deadLetterTopic: TOPICS.deadLetters.name,
  log,
});

await runProcess({
  app: 'projector',
  log,
  health: { host: config.healthHost, port: config.healthPort },
  checks: [transport.readiness(), { name: 'elasticsearch', check: () => search.ping() }],
  components: [
    { name: 'dead-letters', start: () => deadLetters.connect(), stop: () => deadLetters.disconnect() },
    {
      name: 'search',
      // Without waiting: the first batch makes sure of the template again.
      start: () => indices.ensureTemplate().catch((err: unknown) => log.warn({ err }, 'template.not-put')),
      stop: () => search.close(),
    },
    kafkaMicroservice('mail-events', ProjectorModule.with(search, indices), transport, log),
  ],
});
