import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { OpenClient } from './connection.js';

/*
 * The inside of kafkajs 2.2.4 that a producer of ready record batches needs: connections that find leaders, authenticate and
 * time requests out, without the encoding of messages on top. Everything in the library that is no public interface and that
 * this needs is named here.
 */

/** The cluster as a client sees it: connections and metadata. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Reads the metadata of topics that are new. */
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  findControllerBroker(): Promise<Broker>;
  /** Connected and authenticated. */
  findBroker(broker: { nodeId: number }): Promise<Broker>;
}

export interface Broker {
  readonly connectionPool: { getConnection(): Promise<Connection> };
  initProducerId(request: { transactionTimeout: number }): Promise<{
    producerId: { toString(): string };
    producerEpoch: number;
  }>;
}

export interface Connection {
  readonly clientId: string;
  readonly socket: Socket;
  isConnected(): boolean;
  nextCorrelationId(): number;
  readonly requestQueue: {
    push(request: {
      entry: Entry;
      expectResponse: true;
      requestTimeout: null;
      sendRequest: () => void;
    }): void;
    maybeThrottle(ms: number): void;
  };
}

interface Entry {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly resolve: (answer: { payload: Buffer }) => void;
  readonly reject: (error: unknown) => void;
}

/** Answer to a produce request, version 7. */
export interface ProduceResponse {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
  readonly clientSideThrottleTime: number;
}

const require = createRequire(import.meta.url);
const response = require('kafkajs/src/protocol/requests/produce/v7/response') as {
  decode(payload: Buffer): Promise<ProduceResponse>;
};
const errors = require('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error & { readonly type: string; readonly retriable: boolean };
};

export const decodeProduceResponse = (payload: Buffer): Promise<ProduceResponse> => response.decode(payload);

/** kafkajs' error of a code of the protocol. */
export const errorOfCode = (code: number): Error & { readonly type: string } =>
  errors.createErrorFromCode(code);

/** A cluster of its own for the client, with the client's settings. */
export function clusterOf({ client }: OpenClient): Cluster {
  const symbol = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create: unknown = symbol && Reflect.get(client, symbol);
  if (typeof create !== 'function')
    throw new Error('kafkajs has no createCluster: not the version this was made for');
  return (create as (options: object) => Cluster)({
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
  });
}
