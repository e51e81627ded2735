import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ReferenceReader } from './reference-reader.js';
import { mintHeaderReference, readHeaderReference } from './header-reference.js';
import { mac, mintToken, type MailReference, type MailReferenceDetails } from './mail-reference.js';

const key = Buffer.alloc(32, 7);
const reference: MailReference = {
  userId: 12,
  domainId: 123,
  messageId: '550e8400-e29b-41d4-a716-446655440000',
  recipientNo: 3,
};
const details: MailReferenceDetails = {
  recipient: 'Ána@inbox.example',
  senderDomain: 'mail.example.com',
  method: 'api',
  recipientType: 'cc',
  tags: ['wïth', 'tags'],
  acceptedAt: 1764000000123,
  context: { listId: 7, subscriberId: 4_000_000_001 },
};

describe('mail reference header', () => {
  const header = mintHeaderReference(key, reference, details);

  it('reads back with its details, also when folding left white space inside', () => {
    expect(readHeaderReference(key, header)).toEqual({ status: 'authentic', reference, details });
    expect(readHeaderReference(key, ` ${header.slice(0, 40)}\r\n ${header.slice(40)}`).status).toBe(
      'authentic',
    );
  });

  it('says nothing of a context that is not there', () => {
    const plain = mintHeaderReference(key, reference, { ...details, context: {} });
    expect(readHeaderReference(key, plain)).toMatchObject({ details: { context: {} } });
    expect(plain.length).toBeLessThan(header.length);
  });

  it('carries any facts there and back, under a key of any length', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed().replaceAll(/[\n]/g, '-'));
    const id = fc.option(fc.nat(), { nil: undefined });
    const facts = fc.record({
      reference: fc.record({
        ...{ userId: fc.nat({ max: 0xffffffff }), domainId: fc.nat({ max: 0xffffffff }) },
        ...{ messageId: fc.uuid(), recipientNo: fc.nat({ max: 65535 }) },
      }),
      details: fc.record({
        ...{ recipient: line, senderDomain: line, tags: fc.array(line) },
        method: fc.constantFrom('api' as const, 'smtp' as const),
        recipientType: fc.constantFrom('to' as const, 'cc' as const, 'bcc' as const),
        acceptedAt: fc.nat({ max: 2 ** 50 }),
        context: fc
          .record({ templateId: id, listId: id, subscriberId: id, journeyId: id, actionId: id })
          .map((ids) => Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== undefined))),
      }),
    });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 100 }), facts, (bytes, fact) => {
        const anyKey = Buffer.from(bytes);
        const text = mintHeaderReference(anyKey, fact.reference, fact.details);
        expect(readHeaderReference(anyKey, text)).toEqual({ status: 'authentic', ...fact });
      }),
    );
  });

  it('is forged when any character is altered or missing, or one is added', () => {
    for (let at = 0; at < header.length; at += 1) {
      const other = header[at] === 'a' ? 'b' : 'a';
      for (const text of [
        header.slice(0, at) + other + header.slice(at + 1),
        header.slice(0, at) + header.slice(at + 1),
        header.slice(0, at) + other + header.slice(at),
      ])
        expect(readHeaderReference(key, text).status).toBe('forged');
    }
    expect(readHeaderReference(Buffer.alloc(32, 8), header)).toEqual({ status: 'forged' });
  });

  it.each(['garbage', '2.', '2..', '2...', mintToken(key, reference), `2.${'a'.repeat(70_000)}`])(
    'is forged when it has another form: %.20s',
    (text) => {
      expect(readHeaderReference(key, text)).toEqual({ status: 'forged' });
    },
  );

  it('is not what a token or a header of the first version authenticates', () => {
    const [, token = '', body = ''] = header.split('.');
    for (const purpose of ['token-1', 'header-1'] as const) {
      const signature = mac(key, purpose, Buffer.from(`${token}.${body}`)).subarray(0, 16);
      const text = `2.${token}.${body}.${signature.toString('base64url')}`;
      expect(readHeaderReference(key, text)).toEqual({ status: 'forged' });
    }
  });

  it('knows the token of its mail', () => {
    const reader = new ReferenceReader(key);
    const cell = Buffer.from(`,${header},`);
    expect(reader.readHeader(cell, 1, cell.length - 1)).toBe(true);
    expect(reader.isToken(Buffer.from(`b-${mintToken(key, reference)}@x`), 2)).toBe(true);
    expect(reader.isToken(Buffer.from(mintToken(key, { ...reference, recipientNo: 4 })), 0)).toBe(false);
    expect(reader.readHeader(Buffer.from(randomBytes(200).toString('base64url')), 0, 200)).toBe(false);
  });

  it('is told from a token, which the same reader reads', () => {
    const reader = new ReferenceReader(key);
    const token = Buffer.from(`b-${mintToken(key, reference)}@sl.example`);
    expect(reader.readHeader(Buffer.from(header), 0, header.length)).toBe(true);
    expect(reader.readToken(token, 2)).toBe(true);
    const { userId, domainId, recipientNo, messageId, detailsLength } = reader;
    expect({ userId, domainId, recipientNo, messageId: messageId.toString() }).toEqual(reference);
    expect(detailsLength).toBe(0);
    for (let at = 2; at < 61; at += 1) {
      const altered = Buffer.from(token);
      altered[at] = altered[at] === 0x61 ? 0x62 : 0x61;
      expect(reader.readToken(altered, 2)).toBe(false);
    }
    expect(new ReferenceReader(Buffer.alloc(32, 8)).readToken(token, 2)).toBe(false);
  });

  describe('of the first version', () => {
    const claim = {
      ...{ m: reference.messageId, u: reference.userId, d: reference.domainId, n: reference.recipientNo },
      ...{ r: details.recipient, s: details.senderDomain, w: details.method, y: details.recipientType },
      ...{ t: details.tags, a: details.acceptedAt, c: details.context },
    };
    const minted = (facts: object) => {
      const body = Buffer.from(JSON.stringify(facts)).toString('base64url');
      const signature = createHmac('sha256', key).update('eg-ref-header-1\n').update(body).digest();
      return `1.${body}.${signature.subarray(0, 16).toString('base64url')}`;
    };

    it('still reads, as mail with it is on its way', () => {
      expect(readHeaderReference(key, minted(claim))).toEqual({ status: 'authentic', reference, details });
    });

    it('reads with an empty recipient and no context when it was minted without them', () => {
      const { r: _r, c: _c, ...older } = claim;
      expect(readHeaderReference(key, minted(older))).toEqual({
        status: 'authentic',
        reference,
        details: { ...details, recipient: '', context: {} },
      });
    });

    it('is forged when the tenant was altered, the signature cut or a part is missing', () => {
      const [, body = '', signature = ''] = minted(claim).split('.');
      const other = Buffer.from(JSON.stringify({ ...claim, u: 1 })).toString('base64url');
      for (const text of [`1.${other}.${signature}`, `1.${body}.${signature.slice(2)}`, `1.${body}`])
        expect(readHeaderReference(key, text)).toEqual({ status: 'forged' });
    });
  });

  it('is foreign when the cell is empty', () => {
    expect(readHeaderReference(key, '  ')).toEqual({ status: 'foreign' });
  });
});
