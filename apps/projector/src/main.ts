import 'reflect-metadata';
import { TOPICS } from '#contracts/topics';
import { createKafka, createProducer } from '#platform/kafka/client';
import { kafkaMicroservice } from '#platform/kafka/microservice';
import { KafkaTransport } from '#platform/kafka/transport';
import { configure } from '#platform/lifecycle/configure';
import { runProcess } from '#platform/lifecycle/process';
import { ElasticsearchSearchClient } from '#platform/search/search-client';
import { definition, readProjectorConfig } from './config.js';
import { EventIndices } from './mail-events/event-indices.js';
import { ProjectorModule } from './projector.module.js';

const { config, log } = configure(definition, readProjectorConfig);

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
