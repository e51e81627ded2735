import type { Kafka, OpenClient } from './connection.js';
import { clusterOf, errorOfCode, type Cluster } from './kafkajs-cluster.js';
import { produce, type WireBatch } from './produce-request.js';
import { asProducerError, ProducerError } from './producer-error.js';
import { published, requestSeconds } from './producer-metrics.js';
import type { RecordBatch, Seal } from './record-batch.js';
import { ReplaceableClient, withinDeadline } from './replaceable-client.js';

/** Publishes ready record batches: idempotent, `acks=all`, one request at a time. */
export interface RecordProducer {
  /** How many partitions the topic has. @throws ProducerError when no broker answers, or there is no such topic. */
  partitionsOf(topic: string): Promise<number>;
  /**
   * Resolves when every record is on all in-sync replicas. Rejects with ProducerError; sending the same batches again makes no
   * record twice, as long as this process lives and Kafka remembers it. No record may be added to a batch any more.
   */
  send(batches: readonly RecordBatch[]): Promise<void>;
  /** Opens the connection ahead of the first request. A broker that is down is no error: requests try again. */
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** @param partOf what the producer works with; for tests that answer in the brokers' place */
export function createRecordProducer(
  kafka: Kafka,
  partOf: (opened: OpenClient) => Cluster = clusterOf,
): RecordProducer {
  return new IdempotentRecordProducer(kafka, partOf);
}

type Work<Result> = (cluster: Cluster, attempt: number) => Promise<Result>;

interface Identity {
  readonly producerId: bigint;
  readonly epoch: number;
  /** Of the next batch, by topic and partition. */
  readonly sequences: Map<string, number>;
}

const SEQUENCES = 2 ** 31;
/** The broker has that batch already. */
const DUPLICATE = 'DUPLICATE_SEQUENCE_NUMBER';
/** Kafka has lost sight of us: we begin anew under another id, and what was in doubt may be there twice. */
const IDENTITY_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
]);

class IdempotentRecordProducer implements RecordProducer {
  readonly #client: ReplaceableClient<Cluster>;
  /** Outlives connections: a batch that is sent again over another one is known by it. */
  #identity: Identity | undefined;
  readonly #seals = new WeakMap<RecordBatch, Seal>();
  readonly #stored = new WeakSet<RecordBatch>();
  #last: Promise<unknown> = Promise.resolve();
  #attempts = 0;
  #closed = false;
  #failing = false;

  constructor(
    private readonly kafka: Kafka,
    partOf: (opened: OpenClient) => Cluster,
  ) {
    this.#client = new ReplaceableClient(kafka, partOf);
  }

  connect(): Promise<void> {
    this.#client.part().catch(() => this.#client.discard());
    return Promise.resolve();
  }

  partitionsOf(topic: string): Promise<number> {
    return this.#inTurn(async (cluster) => {
      await cluster.addMultipleTargetTopics([topic]);
      await cluster.refreshMetadataIfNecessary();
      const { length } = cluster.findTopicPartitionMetadata(topic);
      if (length === 0) throw new ProducerError(`there is no topic ${topic}`, true);
      return length;
    });
  }

  async send(batches: readonly RecordBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const started = performance.now();
    await this.#inTurn((cluster, attempt) => this.#attempt(cluster, batches, attempt)).then(
      () => requestSeconds.observe({ outcome: 'published' }, (performance.now() - started) / 1_000),
      (error: unknown) => {
        requestSeconds.observe({ outcome: 'failed' }, (performance.now() - started) / 1_000);
        throw error;
      },
    );
    for (const { topic, count } of batches) published.inc({ topic }, count);
  }

  async disconnect(): Promise<void> {
    this.#closed = true;
    await this.#last;
    await this.#client.close();
  }

  /** One after another: sequence numbers are given in the order in which batches arrive. */
  #inTurn<Result>(work: Work<Result>): Promise<Result> {
    if (this.#closed) return Promise.reject(new ProducerError('the producer is closed', false));
    const result = this.#last.then(() => this.#guarded(work));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #guarded<Result>(work: Work<Result>): Promise<Result> {
    const attempt = (this.#attempts += 1);
    try {
      const result = await withinDeadline(this.#client.part().then((cluster) => work(cluster, attempt)));
      if (this.#failing) this.kafka.log.info({ outcome: 'recovered' }, 'kafka.producer.recovered');
      this.#failing = false;
      return result;
    } catch (error) {
      this.#client.discard();
      const failure = asProducerError(error);
      if (!this.#failing || !failure.retriable)
        this.kafka.log.warn(
          { retriable: failure.retriable, reason: failure.message },
          'kafka.producer.failed',
        );
      this.#failing = true;
      throw failure;
    }
  }

  async #attempt(cluster: Cluster, batches: readonly RecordBatch[], attempt: number): Promise<void> {
    await cluster.addMultipleTargetTopics([...new Set(batches.map(({ topic }) => topic))]);
    await cluster.refreshMetadataIfNecessary();
    const identity = this.#identity ?? (await newIdentity(cluster));
    // What was waited for may have come after the deadline, when another attempt is under way.
    if (attempt !== this.#attempts) throw new ProducerError('overtaken by another attempt', true);
    this.#identity = identity;
    const open = batches.filter((batch) => !this.#stored.has(batch));
    const byLeader = Map.groupBy(open, (batch) => leaderOf(cluster, batch));
    const codes = await Promise.all(
      [...byLeader].map(async ([nodeId, ofLeader]) => {
        const { connectionPool } = await cluster.findBroker({ nodeId });
        const connection = await connectionPool.getConnection();
        if (attempt !== this.#attempts) throw new ProducerError('overtaken by another attempt', true);
        const { topics } = await produce(
          connection,
          ofLeader.map((batch) => this.#wire(identity, batch)),
        );
        return topics.flatMap(({ topicName, partitions }) =>
          partitions.map(({ partition, errorCode }) => ({ topic: topicName, partition, errorCode })),
        );
      }),
    );
    this.#settle(identity, open, codes.flat());
  }

  /** The batch under its seal; the same one each time it is sent under this identity. */
  #wire({ producerId, epoch, sequences }: Identity, batch: RecordBatch): WireBatch {
    const { topic, partition, count } = batch;
    let seal = this.#seals.get(batch);
    if (seal === undefined || seal.producerId !== producerId || seal.epoch !== epoch) {
      const place = `${topic} ${partition}`;
      const sequence = sequences.get(place) ?? 0;
      sequences.set(place, (sequence + count) % SEQUENCES);
      seal = { producerId, epoch, sequence };
      this.#seals.set(batch, seal);
    }
    return { topic, partition, bytes: batch.sealed(seal) };
  }

  #settle(
    identity: Identity,
    open: readonly RecordBatch[],
    codes: readonly { topic: string; partition: number; errorCode: number }[],
  ): void {
    let failure: (Error & { readonly type: string }) | undefined;
    for (const { topic, partition, errorCode } of codes) {
      const error = errorCode === 0 ? undefined : errorOfCode(errorCode);
      if (error === undefined || error.type === DUPLICATE) {
        const batch = open.find((one) => one.topic === topic && one.partition === partition);
        if (batch !== undefined) this.#stored.add(batch);
      } else {
        failure ??= error;
        // What is refused for good leaves a gap in the sequence.
        const isOver = IDENTITY_LOST.has(error.type) || !asProducerError(error).retriable;
        // An answer that comes late may be about an identity that another one has followed.
        if (isOver && this.#identity === identity) this.#identity = undefined;
      }
    }
    if (failure !== undefined) throw failure;
    if (open.some((batch) => !this.#stored.has(batch)))
      throw new ProducerError('the broker left a batch without an answer', true);
  }
}

/** A broker that has just started says so; it gives ids out a moment later. */
const NOT_YET = new Set(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE']);
const ASK_AGAIN_MS = 100;
const MOST_ASKED = 50;

async function newIdentity(cluster: Cluster): Promise<Identity> {
  for (let asked = 1; ; asked += 1) {
    try {
      const broker = await cluster.findControllerBroker();
      const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout: 60_000 });
      return { producerId: BigInt(producerId.toString()), epoch: producerEpoch, sequences: new Map() };
    } catch (error) {
      if (asked === MOST_ASKED || !NOT_YET.has(asProducerError(error).type)) throw error;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
}

function leaderOf(cluster: Cluster, { topic, partition }: RecordBatch): number {
  const found = cluster
    .findTopicPartitionMetadata(topic)
    .find(({ partitionId }) => partitionId === partition);
  if (found === undefined || found.leader < 0)
    throw new ProducerError(`partition ${partition} of ${topic} has no leader`, true);
  return found.leader;
}
