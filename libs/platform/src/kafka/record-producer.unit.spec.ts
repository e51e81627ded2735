import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '../telemetry/logger.js';
import { createKafka } from './connection.js';
import { errorOfCode, type Cluster, type Connection } from './kafkajs-cluster.js';
import { RecordBatch } from './record-batch.js';
import { createRecordProducer, type RecordProducer } from './record-producer.js';

const TOPIC = 'facts';
/** Where the producer is in a record batch (record-batch.ts). */
const AT = { producerId: 43, sequence: 53, count: 57 };
/** What comes before the batches in a request about one topic (produce-request.ts), and before their codes in the answer. */
const REQUEST_HEAD_BYTES = 41;
const ANSWER_HEAD_BYTES = 15;
/** Partition, code and three offsets that nobody reads. */
const CODE_BYTES = 30;
/** Longer than any request may take. */
const PAST_THE_DEADLINE_MS = 60_000;

/** Two brokers that lead one partition each; what they wait for and answer is the test's to say, call by call. */
class FakeBrokers {
  /** Batches in the order in which they came. */
  readonly sent: string[] = [];
  readonly metadata = jest.fn(() => Promise.resolve());
  readonly connection = jest.fn(() => Promise.resolve());
  readonly producerId = jest.fn(() => Promise.resolve((this.#ids += 1)));
  /** Error code about the batch of a partition; none leaves it out of the answer. */
  readonly answer = jest.fn((_partition: number): Promise<number | undefined> => Promise.resolve(0));
  #ids = 0;

  readonly cluster = (): Cluster => {
    const broker = {
      connectionPool: { getConnection: () => this.connection().then(() => this.#connection()) },
      initProducerId: () => this.producerId().then((id) => ({ producerId: id, producerEpoch: 0 })),
    };
    const nothing = () => Promise.resolve();
    return {
      ...{ connect: nothing, disconnect: nothing, refreshMetadata: nothing },
      addMultipleTargetTopics: nothing,
      refreshMetadataIfNecessary: () => this.metadata(),
      findTopicPartitionMetadata: () => [0, 1].map((partitionId) => ({ partitionId, leader: partitionId })),
      findControllerBroker: () => Promise.resolve(broker),
      findBroker: () => Promise.resolve(broker),
    };
  };

  #connection(): Connection {
    const written: Buffer[] = [];
    const socket = { cork: () => {}, uncork: () => {}, write: (part: Buffer) => written.push(part) };
    return {
      ...{ clientId: 'test', isConnected: () => true, nextCorrelationId: () => 7 },
      socket: socket as unknown as Socket,
      requestQueue: {
        push: ({ entry, sendRequest }) => {
          sendRequest();
          this.#produced(Buffer.concat(written)).then((payload) => entry.resolve({ payload }), entry.reject);
        },
        maybeThrottle: () => {},
      },
    };
  }

  async #produced(request: Buffer): Promise<Buffer> {
    const codes = await Promise.all(
      [...batchesIn(request)].map(async ({ partition, bytes }) => {
        const first = bytes.readInt32BE(AT.sequence);
        const last = first + bytes.readInt32BE(AT.count) - 1;
        this.sent.push(
          `id ${bytes.readBigInt64BE(AT.producerId)} partition ${partition} records ${first}-${last}`,
        );
        return { partition, code: await this.answer(partition) };
      }),
    );
    return answerOf(codes.filter(({ code }) => code !== undefined));
  }
}

function* batchesIn(request: Buffer): Generator<{ partition: number; bytes: Buffer }> {
  for (let at = REQUEST_HEAD_BYTES; at < request.length;) {
    const bytes = request.subarray(at + 8, at + 8 + request.readInt32BE(at + 4));
    yield { partition: request.readInt32BE(at), bytes };
    at += 8 + bytes.length;
  }
}

function answerOf(codes: readonly { partition: number; code?: number | undefined }[]): Buffer {
  const answer = Buffer.alloc(ANSWER_HEAD_BYTES + codes.length * CODE_BYTES + 4);
  answer.writeInt32BE(1, 0);
  answer.writeInt16BE(TOPIC.length, 4);
  answer.write(TOPIC, 6);
  answer.writeInt32BE(codes.length, 6 + TOPIC.length);
  for (const [index, { partition, code = 0 }] of codes.entries()) {
    const at = ANSWER_HEAD_BYTES + index * CODE_BYTES;
    answer.writeInt16BE(code, answer.writeInt32BE(partition, at));
  }
  return answer;
}

let brokers: FakeBrokers;
let producer: RecordProducer;

beforeEach(() => {
  jest.useFakeTimers();
  brokers = new FakeBrokers();
  const kafka = createKafka({ brokers: ['none:1'], clientId: 'test', log: createLogger('test', 'silent') });
  producer = createRecordProducer(kafka, brokers.cluster);
});
afterEach(() => void jest.useRealTimers());

function batchOf(count: number, partition = 0): RecordBatch {
  const batch = new RecordBatch(TOPIC, partition, 0);
  for (let n = 0; n < count; n += 1) batch.append(Buffer.from('k'), Buffer.from('v'));
  return batch;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const failureOf = (request: Promise<void>) =>
  request.then(
    () => 'none',
    (error: unknown) => error,
  );

describe('an attempt that another one overtook', () => {
  it.each<[string, (until: Promise<void>) => unknown]>([
    ['metadata', (until) => brokers.metadata.mockReturnValueOnce(until)],
    ['a producer id', (until) => brokers.producerId.mockReturnValueOnce(until.then(() => 99))],
    ['a connection', (until) => brokers.connection.mockReturnValueOnce(until)],
  ])('sends nothing and numbers no records when it has what it waited for: %s', async (_what, hold) => {
    const [held, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()];
    hold(held.promise);
    const overtaken = failureOf(producer.send([batchOf(3)]));
    await pass(PAST_THE_DEADLINE_MS);
    expect(await overtaken).toMatchObject({ name: 'ProducerError', retriable: true });

    const next = batchOf(2);
    brokers.answer.mockReturnValueOnce(answer.promise);
    const lost = failureOf(producer.send([next]));
    await pass(0);
    held.resolve();
    await pass(0);
    answer.reject(new Error('connection lost'));
    expect(await lost).toMatchObject({ message: 'connection lost', retriable: true });
    await producer.send([next]);
    await producer.send([batchOf(4)]);
    expect(brokers.sent).toEqual([
      'id 1 partition 0 records 0-1',
      'id 1 partition 0 records 0-1',
      'id 1 partition 0 records 2-5',
    ]);
  });

  it('does not end the identity that was begun after it', async () => {
    const late = Promise.withResolvers<number>();
    const batch = batchOf(3);
    brokers.answer.mockReturnValueOnce(late.promise);
    const overtaken = failureOf(producer.send([batch]));
    await pass(PAST_THE_DEADLINE_MS);
    expect(await overtaken).toMatchObject({ retriable: true });
    brokers.answer.mockResolvedValueOnce(59);
    expect(await failureOf(producer.send([batch]))).toMatchObject({ type: 'UNKNOWN_PRODUCER_ID' });
    await producer.send([batch]);
    late.resolve(59);
    await pass(0);
    await producer.send([batchOf(2)]);
    expect(brokers.sent.slice(2)).toEqual(['id 2 partition 0 records 0-2', 'id 2 partition 0 records 3-4']);
  });
});

describe('a producer id', () => {
  it.each([
    [14, 'its coordinator loads'],
    [15, 'its coordinator is not there yet'],
  ])('is asked for again while a broker that has just started answers %i, %s', async (code) => {
    brokers.producerId.mockRejectedValueOnce(errorOfCode(code)).mockRejectedValueOnce(errorOfCode(code));
    const sent = producer.send([batchOf(1)]);
    await pass(1_000);
    await sent;
    expect(brokers.producerId).toHaveBeenCalledTimes(3);
    expect(brokers.sent).toEqual(['id 1 partition 0 records 0-0']);
  });

  it('is not waited for without end', async () => {
    brokers.producerId.mockImplementation(() => Promise.reject(errorOfCode(14)));
    const failure = failureOf(producer.send([batchOf(1)]));
    await pass(PAST_THE_DEADLINE_MS);
    expect(await failure).toMatchObject({ retriable: true, type: 'GROUP_LOAD_IN_PROGRESS' });
  });

  it('is asked for once when the broker refuses for another reason', async () => {
    brokers.producerId.mockRejectedValueOnce(errorOfCode(31));
    const failure = failureOf(producer.send([batchOf(1)]));
    await pass(PAST_THE_DEADLINE_MS);
    expect(await failure).toMatchObject({ type: 'CLUSTER_AUTHORIZATION_FAILED' });
    expect(brokers.producerId).toHaveBeenCalledTimes(1);
  });
});

describe('batches after a failure', () => {
  /** Three records each are stored, then two more each are sent, and partition 0 answers this. */
  async function failing(code: number | undefined) {
    await producer.send([batchOf(3, 0), batchOf(3, 1)]);
    brokers.answer.mockImplementation((partition) => Promise.resolve(partition === 0 ? code : 0));
    const batches = [batchOf(2, 0), batchOf(2, 1)];
    const failure = await failureOf(producer.send(batches));
    brokers.answer.mockImplementation(() => Promise.resolve(0));
    brokers.sent.length = 0;
    return { batches, failure };
  }

  it.each([
    [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    [47, 'INVALID_PRODUCER_EPOCH'],
    [49, 'INVALID_PRODUCER_ID_MAPPING'],
    [59, 'UNKNOWN_PRODUCER_ID'],
  ])(
    'are numbered from 0 under another producer id after %i, and what was stored stays',
    async (code, type) => {
      const { batches, failure } = await failing(code);
      expect(failure).toMatchObject({ retriable: true, type });
      await producer.send(batches);
      await producer.send([batchOf(1, 1)]);
      expect(brokers.sent).toEqual(['id 2 partition 0 records 0-1', 'id 2 partition 1 records 0-0']);
    },
  );

  it('are numbered from 0 under another producer id when one was refused for good', async () => {
    const { failure } = await failing(10);
    expect(failure).toMatchObject({ retriable: false, type: 'MESSAGE_TOO_LARGE' });
    await producer.send([batchOf(1, 0), batchOf(1, 1)]);
    expect(brokers.sent).toEqual(['id 2 partition 0 records 0-0', 'id 2 partition 1 records 0-0']);
  });

  it.each([
    ['the leader has changed', 6],
    ['the answer says nothing of it', undefined],
  ])('keep their numbers, and what was stored stays, when %s', async (_why, code) => {
    const { batches, failure } = await failing(code);
    expect(failure).toMatchObject({ name: 'ProducerError', retriable: true });
    await producer.send(batches);
    expect(brokers.sent).toEqual(['id 1 partition 0 records 3-4']);
  });

  it('are stored when the broker has them already, and are not sent once more', async () => {
    const { batches, failure } = await failing(46);
    expect(failure).toBe('none');
    await producer.send(batches);
    expect(brokers.sent).toEqual([]);
  });
});
