import { decodeProduceResponse, type Connection, type ProduceResponse } from './kafkajs-cluster.js';

const API_KEY = 0;
/** With record batches of magic 2, and before flexible fields. */
const API_VERSION = 7;
const ALL_REPLICAS = -1;
/** How long a leader waits for its followers. */
const REPLICATION_TIMEOUT_MS = 5_000;

/** A record batch as it goes over the wire. */
export interface WireBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/**
 * Sends batches to the leader of all of them; `acks=all`. The batches are handed to the socket where they lie: putting one buffer
 * together, as kafkajs does (three times), costs more than reading the rows did.
 */
export async function produce(
  connection: Connection,
  batches: readonly WireBatch[],
): Promise<ProduceResponse> {
  const correlationId = connection.nextCorrelationId();
  const parts = requestParts(correlationId, connection.clientId, batches);
  const { payload } = await new Promise<{ payload: Buffer }>((resolve, reject) => {
    connection.requestQueue.push({
      entry: { apiKey: API_KEY, apiName: 'Produce', apiVersion: API_VERSION, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => {
        const { socket } = connection;
        socket.cork();
        for (const part of parts) socket.write(part);
        socket.uncork();
      },
    });
  });
  const answer = await decodeProduceResponse(payload);
  connection.requestQueue.maybeThrottle(answer.clientSideThrottleTime);
  return answer;
}

/**
 * Produce request 7: transactionalId | acks | timeout | topics of name and partitions of index, size and batch; before it the
 * size of all, and api key, version, correlation id and client id.
 */
function requestParts(correlationId: number, clientId: string, batches: readonly WireBatch[]): Buffer[] {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const head = Buffer.concat([
    int16(API_KEY),
    int16(API_VERSION),
    int32(correlationId),
    text(clientId),
    // No transaction.
    int16(-1),
    int16(ALL_REPLICAS),
    int32(REPLICATION_TIMEOUT_MS),
    int32(byTopic.size),
  ]);
  const parts: Buffer[] = [head];
  for (const [topic, ofTopic] of byTopic) {
    parts.push(Buffer.concat([text(topic), int32(ofTopic.length)]));
    for (const { partition, bytes } of ofTopic)
      parts.push(Buffer.concat([int32(partition), int32(bytes.length)]), bytes);
  }
  return [int32(parts.reduce((sum, { length }) => sum + length, 0)), ...parts];
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([int16(bytes.length), bytes]);
}
