import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { partitionOf } from './murmur2.js';
import { readRecordBatch } from '../testing/record-batches.js';
import { RecordBatch } from './record-batch.js';

// What kafkajs makes of the same input is the oracle here.
const require = createRequire(import.meta.url);
const theirCrc = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

describe('the partition of a key', () => {
  it('is the one that other producers choose', () => {
    const choose = kafkajs.Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({
      ...{ partitionId, leader: 1, partitionErrorCode: 0, replicas: [], isr: [] },
    }));
    for (let length = 1; length < 60; length += 1) {
      const key = randomBytes(length);
      const theirs = choose({ topic: 't', partitionMetadata, message: { key, value: null } });
      const padded = Buffer.concat([Buffer.from('xx'), key, Buffer.from('yy')]);
      expect(partitionOf(padded, 2, 2 + length, 7)).toBe(theirs);
    }
  });
});

describe('a record batch', () => {
  const seal = { producerId: 4_000_000_000_123n, epoch: 3, sequence: 7 };

  it('is what kafkajs reads: key and value of each record, time, producer and sequence', async () => {
    const batch = new RecordBatch('t', 0, 1_764_000_000_000);
    const records = [0, 1, 63, 64, 5_000, 9_000, 70_000, 1_100_000].map((length) => ({
      key: randomBytes(Math.min(length, 100)),
      value: randomBytes(length),
    }));
    for (const { key, value } of records) batch.append(key, value);
    const decoded = await readRecordBatch(batch, seal);
    expect(decoded.records.map(({ value }) => value)).toEqual(records.map(({ value }) => value));
    expect(decoded.records.map(({ key }) => key)).toEqual(records.map(({ key }) => key));
    expect(decoded.records.every(({ timestamp }) => timestamp === '1764000000000')).toBe(true);
    expect(decoded).toMatchObject({
      ...{ producerId: '4000000000123', producerEpoch: 3, firstSequence: 7 },
      lastOffsetDelta: records.length - 1,
    });
  });

  it('says its length, its place and its checksum, also under another seal', () => {
    const batch = new RecordBatch('t', 0, 1);
    for (let n = 0; n < 300; n += 1) batch.append(Buffer.from(`${n}`), Buffer.from('v'));
    for (const sequence of [0, 12]) {
      const bytes = batch.sealed({ ...seal, sequence });
      expect(bytes.readInt32BE(8)).toBe(bytes.length - 12);
      expect(bytes.readInt32BE(53)).toBe(sequence);
      expect(bytes.readUInt32BE(17)).toBe(theirCrc(bytes.subarray(21)) >>> 0);
    }
  });

  it('shares no memory with one that was released', () => {
    const first = new RecordBatch('t', 0, 1);
    first.append(Buffer.from('k'), Buffer.from('first'));
    first.release();
    first.release();
    const [second, third] = [new RecordBatch('t', 0, 1), new RecordBatch('t', 0, 1)];
    second.append(Buffer.from('k'), Buffer.from('second'));
    third.append(Buffer.from('k'), Buffer.from('third'));
    expect(second.sealed(seal).includes('second')).toBe(true);
    expect(third.sealed(seal).includes('third')).toBe(true);
  });

  it('takes a value that is written in place', async () => {
    const batch = new RecordBatch('t', 0, 1);
    const at = batch.reserve(Buffer.from('--key--'), 2, 5, 4);
    batch.bytes.write('four', at, 'latin1');
    batch.append(Buffer.from('k'), Buffer.from('next'));
    const { records } = await readRecordBatch(batch, seal);
    expect(records.map(({ key, value }) => `${key.toString()} ${value.toString()}`)).toEqual([
      'key four',
      'k next',
    ]);
  });
});
