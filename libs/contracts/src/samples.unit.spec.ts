import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import { crc64Avro, MessageCodec, UndecodableMessage } from './avro/single-object.js';
import { domainEventSchemas } from './domain-events/domain-event.js';
import { mailEventCodec } from './mail-events/mail-event.js';
import { mtaReceiptCodec } from './mta-receipts/mta-receipt.js';
import { webhookAttemptCodec } from './webhooks/webhook-attempt.js';

/**
 * Published shapes are frozen: each writer schema that was ever shipped has a sample here, and today's readers read
 * it. To change a message, add a schema version and a sample; never edit one.
 */
const FOLDER = join(import.meta.dirname, '../samples');

interface Sample {
  shape: string;
  /** Single-object bytes as an earlier build wrote them. Leave it out of a new sample: the spec then says what to put. */
  bytes?: string;
  /** What today's reader makes of them. */
  message: unknown;
}

const codecs: Record<string, MessageCodec<never>> = {
  MailEvent: mailEventCodec as MessageCodec<never>,
  MtaReceipt: mtaReceiptCodec as MessageCodec<never>,
  WebhookAttempt: webhookAttemptCodec as MessageCodec<never>,
  ...Object.fromEntries(
    Object.entries(domainEventSchemas).map(([type, versions]) => [type, new MessageCodec<never>(versions)]),
  ),
};

const samples = readdirSync(FOLDER).map((file) => ({
  file,
  sample: JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Sample,
}));

describe('published messages', () => {
  it.each(samples)('today’s reader reads $file', ({ sample }) => {
    const codec = codecs[sample.shape];
    if (sample.bytes === undefined) {
      throw new Error(`put "bytes": "${codec?.toBuffer(sample.message as never).toString('hex')}"`);
    }
    expect(codec?.fromBuffer(Buffer.from(sample.bytes, 'hex'))).toEqual(sample.message);
  });

  it.each(Object.keys(codecs))('every schema version of %s has a frozen sample', (shape) => {
    const frozen = samples
      .filter(({ sample }) => sample.shape === shape)
      .map(({ sample }) => sample.bytes?.slice(4, 20));
    const shipped = codecs[shape]?.versions.map((schema) =>
      crc64Avro(JSON.stringify(avsc.Type.forSchema(schema).schema())).toString('hex'),
    );
    expect(new Set(frozen)).toEqual(new Set(shipped));
    expect(frozen).toHaveLength(shipped?.length ?? 0);
  });

  it('refuses bytes of an unknown schema, without a header, or torn', () => {
    const good = Buffer.from(
      samples.find(({ sample }) => sample.shape === 'MailEvent')?.sample.bytes ?? '',
      'hex',
    );
    const unknown = Buffer.from(good);
    unknown[5] = (unknown[5] ?? 0) ^ 0xff;
    for (const bytes of [Buffer.from('{}'), Buffer.alloc(0), unknown, good.subarray(0, good.length - 3)]) {
      expect(() => mailEventCodec.fromBuffer(bytes)).toThrow(UndecodableMessage);
    }
  });

  it('reads an older version into the newest shape', () => {
    const a = { name: 'a', type: 'string' };
    const v1: avsc.Schema = { type: 'record', name: 'Thing', fields: [a] };
    const v2: avsc.Schema = {
      type: 'record',
      name: 'Thing',
      fields: [a, { name: 'b', type: 'long', default: 7 }],
    };
    const old = new MessageCodec<{ a: string }>([v1]);
    const today = new MessageCodec<{ a: string; b: number }>([v1, v2]);
    expect(today.fromBuffer(old.toBuffer({ a: 'x' }))).toEqual({ a: 'x', b: 7 });
  });
});

describe('CRC-64-AVRO', () => {
  // Vectors of the Avro project's own schema test file.
  it.each([
    ['"null"', 7195948357588979594n],
    ['"boolean"', -6970731678124411036n],
    ['"int"', 8247732601305521295n],
    ['"string"', -8142146995180207161n],
  ])('fingerprints %s as published', (schema, expected) => {
    expect(crc64Avro(schema).readBigInt64LE()).toBe(expected);
  });
});
