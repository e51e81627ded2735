import { createRequire } from 'node:module';
import type { RecordBatch } from '../kafka/record-batch.js';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown;
const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: unknown,
) => Promise<DecodedBatch>;

export interface DecodedBatch {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastOffsetDelta: number;
  readonly records: readonly { readonly key: Buffer; readonly value: Buffer; readonly timestamp: string }[];
}

const SEAL = { producerId: 1n, epoch: 0, sequence: 0 };

/** What kafkajs reads in the bytes of a batch. */
export function readRecordBatch(batch: RecordBatch, seal = SEAL): Promise<DecodedBatch> {
  return decode(new Decoder(batch.sealed(seal)));
}
