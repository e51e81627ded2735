import kafkajs from 'kafkajs';
import type { Message, Producer as KafkaJsProducer, ProducerConfig } from 'kafkajs';
import type { Kafka } from './connection.js';
import { asProducerError, ProducerError } from './producer-error.js';
import { published, requestSeconds } from './producer-metrics.js';
import { intoChunks, REQUEST_BYTES, type Chunk } from './producer-chunks.js';
import type { ProducerBatch, ProducerMessage } from './producer-message.js';
import { ReplaceableClient, withinDeadline } from './replaceable-client.js';

export type { HeaderValue, ProducerBatch, ProducerMessage } from './producer-message.js';

/** Publishes to Kafka: idempotent, `acks=all`, safe to call concurrently, survives outages of any length. */
export interface Producer {
  /**
   * Resolves when every message of the batches is on all in-sync replicas, in the order given per key.
   * Rejects with ProducerError; then some of the messages may be there all the same, so a caller that sends
   * them again publishes at least once.
   */
  send(batches: readonly ProducerBatch[]): Promise<void>;
  /** Opens the connection ahead of the first send(). A broker that is down is no error: send() tries again. */
  connect(): Promise<void>;
  /** Sends what was handed over, then closes. Later calls of send() are rejected. */
  disconnect(): Promise<void>;
}

export function createProducer(kafka: Kafka): Producer {
  return new IdempotentProducer(kafka);
}

interface PendingSend {
  readonly chunks: Chunk[];
  readonly resolve: () => void;
  readonly reject: (error: ProducerError) => void;
}

/**
 * One request at a time, with everything that was handed over meanwhile in the next one (group commit).
 *
 * That is not only faster. kafkajs numbers the batches of an idempotent producer itself and takes the number
 * back when an attempt fails, although the broker may have stored that attempt. If another batch were sent
 * with the same number, the broker would take it for a repetition, acknowledge it and drop it. So no second
 * request may run beside one that is being retried, and after a request that failed for good the producer
 * (with its id and numbers) is thrown away.
 */
class IdempotentProducer implements Producer {
  readonly #kafka: Kafka;
  readonly #queue: PendingSend[] = [];
  #working: Promise<void> | undefined;
  readonly #client: ReplaceableClient<KafkaJsProducer>;
  #closed = false;
  #failing = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
    this.#client = new ReplaceableClient(kafka, ({ client }) => client.producer(OPTIONS));
  }

  connect(): Promise<void> {
    this.#client.part().catch(() => this.#client.discard());
    return Promise.resolve();
  }

  send(batches: readonly ProducerBatch[]): Promise<void> {
    if (this.#closed) return Promise.reject(new ProducerError('the producer is closed', false));
    const chunks = intoChunks(batches);
    if (chunks.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#queue.push({ chunks, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  async disconnect(): Promise<void> {
    this.#closed = true;
    await this.#working;
    await this.#client.close();
  }

  async #work(): Promise<void> {
    // Lets callers of the same turn of the event loop share the first request too.
    await Promise.resolve();
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) {
      try {
        await this.#sendGroup(group);
        for (const pending of group) pending.resolve();
      } catch (error) {
        const failure = error as ProducerError;
        // The fault of one of them, and found out at once: the others must not suffer from it.
        const oneIsAtFault = group.length > 1 && (!failure.retriable || failure.type === TOPIC_MISSING);
        for (const pending of group) {
          if (oneIsAtFault) await this.#sendGroup([pending]).then(pending.resolve, pending.reject);
          else pending.reject(failure);
        }
      }
    }
    // In the same turn as the look at the empty queue: a send() that comes later must start the next worker.
    this.#working = undefined;
  }

  async #sendGroup(group: readonly PendingSend[]): Promise<void> {
    const chunks = group.flatMap((pending) => pending.chunks);
    if (group.length > 1) await this.#request(chunks.flatMap(({ batches }) => batches));
    else for (const { batches } of chunks) await this.#request(batches);
  }

  /** What goes into the next request: one send that needs several requests, or as many small ones as fit. */
  #nextGroup(): PendingSend[] {
    const group: PendingSend[] = [];
    let bytes = 0;
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const size = next.chunks[0]?.bytes ?? 0;
      const alone = next.chunks.length > 1 || size > REQUEST_BYTES;
      if (group.length > 0 && (alone || bytes + size > REQUEST_BYTES)) break;
      group.push(next);
      this.#queue.shift();
      bytes += size;
      if (alone) break;
    }
    return group;
  }

  async #request(batches: readonly ProducerBatch[]): Promise<void> {
    const started = performance.now();
    try {
      await this.#attempt(batches);
      requestSeconds.observe({ outcome: 'published' }, (performance.now() - started) / 1_000);
      for (const { topic, messages } of batches) published.inc({ topic }, messages.length);
      if (this.#failing) this.#kafka.log.info({ outcome: 'recovered' }, 'kafka.producer.recovered');
      this.#failing = false;
    } catch (error) {
      this.#client.discard();
      requestSeconds.observe({ outcome: 'failed' }, (performance.now() - started) / 1_000);
      const failure = asProducerError(error);
      if (!this.#failing || !failure.retriable) {
        this.#kafka.log.warn(
          {
            topics: batches.map(({ topic }) => topic),
            retriable: failure.retriable,
            reason: failure.message,
          },
          'kafka.producer.failed',
        );
      }
      this.#failing = true;
      throw failure;
    }
  }

  async #attempt(batches: readonly ProducerBatch[]): Promise<void> {
    const topicMessages = batches.map(({ topic, messages }) => ({
      topic,
      messages: messages.map(asMessage),
    }));
    await withinDeadline(
      this.#client.part().then((producer) => producer.sendBatch({ acks: -1, timeout: 5_000, topicMessages })),
    );
  }
}

const OPTIONS: ProducerConfig = {
  idempotent: true,
  allowAutoTopicCreation: false,
  maxInFlightRequests: 1,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  metadataMaxAge: 60_000,
  // Few: the batch is not lost by giving up, the caller is told and sends it again.
  retry: { retries: 5 },
};

function asMessage({ key, value, headers }: ProducerMessage): Message {
  return { key, value, ...(headers && { headers: { ...headers } }) };
}

const TOPIC_MISSING = 'UNKNOWN_TOPIC_OR_PARTITION';
