import avsc from 'avsc';

/**
 * Avro single-object encoding (Avro 1.12 specification, "Single-object encoding"): `C3 01`, the 8-byte little-endian
 * CRC-64-AVRO fingerprint of the writer schema's parsing canonical form, then the Avro binary body.
 */
const MARKER = Buffer.from([0xc3, 0x01]);
const HEADER_BYTES = 10;
const EMPTY = 0xc15d213aa4d7a795n;

const table: readonly bigint[] = Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) value = (value >> 1n) ^ (EMPTY & -(value & 1n));
  return value;
});

/** CRC-64-AVRO (Rabin) of `text` in UTF-8, as the 8 little-endian bytes that single-object encoding carries. */
export function crc64Avro(text: string): Buffer {
  let fingerprint = EMPTY;
  for (const byte of Buffer.from(text, 'utf8')) {
    fingerprint = (fingerprint >> 8n) ^ (table[Number((fingerprint ^ BigInt(byte)) & 0xffn)] as bigint);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(fingerprint);
  return bytes;
}

/** The bytes cannot be read with any schema this build ships: poison for a consumer, never a reason to retry. */
export class UndecodableMessage extends Error {
  override readonly name = 'UndecodableMessage';
}

export interface Encoded {
  /** 8 bytes, CRC-64-AVRO. */
  readonly fingerprint: Buffer;
  /** Avro binary body without the single-object header. */
  readonly payload: Buffer;
}

/**
 * One message shape with its whole history. Writes with the newest schema; reads every version ever shipped, resolved
 * into the newest.
 */
export class MessageCodec<T> {
  readonly fingerprint: Buffer;
  private readonly writer: avsc.Type;
  private readonly readers = new Map<string, { type: avsc.Type; resolver: avsc.Resolver | undefined }>();

  /** @param versions every writer schema ever shipped, oldest first. */
  constructor(readonly versions: readonly avsc.Schema[]) {
    const types = versions.map((schema) => avsc.Type.forSchema(schema));
    const newest = types.at(-1);
    if (!newest) throw new Error('a message codec needs at least one schema');
    this.writer = newest;
    this.fingerprint = crc64Avro(JSON.stringify(newest.schema()));
    for (const type of types) {
      const resolver = type === newest ? undefined : newest.createResolver(type);
      this.readers.set(crc64Avro(JSON.stringify(type.schema())).toString('hex'), { type, resolver });
    }
  }

  /** What every message begins with: the marker and the fingerprint of the newest schema. */
  get header(): Buffer {
    return Buffer.concat([MARKER, this.fingerprint]);
  }

  encode(message: T): Encoded {
    return { fingerprint: this.fingerprint, payload: this.writer.toBuffer(message) };
  }

  /** Single-object bytes, ready for Kafka. */
  toBuffer(message: T): Buffer {
    return Buffer.concat([MARKER, this.fingerprint, this.writer.toBuffer(message)]);
  }

  decode(fingerprint: Buffer, payload: Buffer): T {
    const reader = this.readers.get(fingerprint.toString('hex'));
    if (!reader) throw new UndecodableMessage(`unknown schema fingerprint ${fingerprint.toString('hex')}`);
    try {
      return plain((reader.resolver ? this.writer : reader.type).fromBuffer(payload, reader.resolver)) as T;
    } catch (error) {
      throw new UndecodableMessage(error instanceof Error ? error.message : String(error));
    }
  }

  /** @throws UndecodableMessage when the bytes are no single object or of an unknown schema. */
  fromBuffer(bytes: Buffer): T {
    if (bytes.length < HEADER_BYTES || bytes[0] !== MARKER[0] || bytes[1] !== MARKER[1]) {
      throw new UndecodableMessage('no Avro single-object header');
    }
    return this.decode(bytes.subarray(2, HEADER_BYTES), bytes.subarray(HEADER_BYTES));
  }
}

/** Joins a detached body with its fingerprint into single-object bytes. */
export function toSingleObject({ fingerprint, payload }: Encoded): Buffer {
  return Buffer.concat([MARKER, fingerprint, payload]);
}

/** avsc returns instances of generated classes; callers get plain objects that compare and spread as such. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
