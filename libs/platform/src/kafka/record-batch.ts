import { crc32c } from '@node-rs/crc32';

/*
 * Record batch, magic 2 (Kafka protocol guide, "Record Batch"):
 * baseOffset 8 | batchLength 4 | partitionLeaderEpoch 4 | magic 1 | crc 4 | attributes 2 | lastOffsetDelta 4 | baseTimestamp 8 |
 * maxTimestamp 8 | producerId 8 | producerEpoch 2 | baseSequence 4 | recordCount 4 | records
 * Record: length | attributes 1 | timestampDelta | offsetDelta | keyLength, key | valueLength, value | headerCount; lengths and
 * deltas are zigzag varints.
 */
const HEADER_BYTES = 61;
const MAGIC = 2;
const AT = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastDelta: 23,
  baseTime: 27,
} as const;
const AT_PRODUCER = { maxTime: 35, id: 43, epoch: 51, sequence: 53, count: 57 } as const;
/** Bytes before `batchLength` counts. */
const UNCOUNTED_BYTES = 12;
const FIRST_BYTES = 65_536;
/** Buffers that are kept for later batches: as many as one group of them needs. */
const MOST_SPARE = 16;
/** Fresh memory costs a page fault for each 4 kB of it, which is more than filling it. */
const spare: Buffer[] = [];
/** Attributes, timestamp delta and header count of a record: a zero byte each. */
const ZERO_BYTES = 3;

/** Who wrote a batch, and which one it is: by this a broker knows a repetition. */
export interface Seal {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly sequence: number;
}

/**
 * Records of one partition in Kafka's own bytes, written as they come. Nothing is kept of a record but its bytes, so a million
 * of them are no work for the garbage collector, and the client has nothing left to encode.
 */
export class RecordBatch {
  /** Valid up to `length`; another one after `reserve`. */
  bytes: Buffer = spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = HEADER_BYTES;
  count = 0;
  private seal: Seal | undefined;

  /** @param timestamp of its records, unix milliseconds */
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly timestamp: number,
  ) {}

  /**
   * Begins a record: writes all but its value.
   *
   * @param key bytes from `from` up to `to`
   * @returns where in `bytes` the caller has to write exactly `valueLength` bytes, before anything else is done here
   */
  reserve(key: Uint8Array, from: number, to: number, valueLength: number): number {
    const keyLength = to - from;
    const bodyLength =
      ZERO_BYTES +
      varintBytes(this.count) +
      varintBytes(keyLength) +
      keyLength +
      varintBytes(valueLength) +
      valueLength;
    this.makeRoom(varintBytes(bodyLength) + bodyLength);
    const { bytes } = this;
    let at = writeVarint(bytes, this.length, bodyLength);
    bytes[at] = 0;
    bytes[at + 1] = 0;
    at = writeVarint(bytes, at + 2, this.count);
    at = writeVarint(bytes, at, keyLength);
    for (let index = from; index < to; index += 1) bytes[at++] = key[index] as number;
    at = writeVarint(bytes, at, valueLength);
    bytes[at + valueLength] = 0;
    this.length = at + valueLength + 1;
    this.count += 1;
    return at;
  }

  append(key: Uint8Array, value: Uint8Array): void {
    const at = this.reserve(key, 0, key.length, value.length);
    this.bytes.set(value, at);
  }

  /** The whole batch under this seal. No record may follow. */
  sealed(seal: Seal): Buffer {
    if (!isSame(this.seal, seal)) this.writeHeader(seal);
    return this.bytes.subarray(0, this.length);
  }

  /** Gives the memory to later batches. The batch is not to be used any more, and no request with it may be under way. */
  release(): void {
    if (spare.length < MOST_SPARE && this.bytes.length > 0) spare.push(this.bytes);
    this.bytes = Buffer.alloc(0);
    this.length = 0;
    this.count = 0;
  }

  private writeHeader(seal: Seal): void {
    const { bytes, length, count } = this;
    bytes.fill(0, 0, HEADER_BYTES);
    bytes.writeInt32BE(length - UNCOUNTED_BYTES, AT.length);
    bytes.writeInt32BE(-1, AT.leaderEpoch);
    bytes.writeInt8(MAGIC, AT.magic);
    bytes.writeInt32BE(count - 1, AT.lastDelta);
    bytes.writeBigInt64BE(BigInt(this.timestamp), AT.baseTime);
    bytes.writeBigInt64BE(BigInt(this.timestamp), AT_PRODUCER.maxTime);
    bytes.writeBigInt64BE(seal.producerId, AT_PRODUCER.id);
    bytes.writeInt16BE(seal.epoch, AT_PRODUCER.epoch);
    bytes.writeInt32BE(seal.sequence, AT_PRODUCER.sequence);
    bytes.writeInt32BE(count, AT_PRODUCER.count);
    bytes.writeUInt32BE(crc32c(bytes.subarray(AT.attributes, length)), AT.crc);
    this.seal = seal;
  }

  private makeRoom(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function isSame(one: Seal | undefined, other: Seal): boolean {
  return (
    one !== undefined &&
    one.producerId === other.producerId &&
    one.epoch === other.epoch &&
    one.sequence === other.sequence
  );
}

/** Bytes of a zigzag varint; `value` is not negative. */
function varintBytes(value: number): number {
  if (value < 1 << 6) return 1;
  if (value < 1 << 13) return 2;
  return value < 1 << 20 ? 3 : value < 1 << 27 ? 4 : 5;
}

function writeVarint(bytes: Uint8Array, from: number, value: number): number {
  // Lengths of records and numbers within a batch: far from 31 bits.
  let rest = value << 1;
  let at = from;
  for (; rest > 127; rest >>= 7) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}
