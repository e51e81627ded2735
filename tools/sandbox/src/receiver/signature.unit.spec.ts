import { describe, expect, it } from '@jest/globals';

import { checkSignatures, verifyStandardWebhooks, type Headers } from './signature.js';

/** The example of the Standard Webhooks specification; its key is the decoded base64 of `whsec_…`. */
const published = {
  key: Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
  body: Buffer.from('{"test": 2432232314}'),
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
};

describe('Standard Webhooks', () => {
  const { key, headers, body } = published;

  it('accepts the published example, also as one of several signatures', () => {
    expect(verifyStandardWebhooks(key, headers, body)).toBe(true);
    const several = `v1,AAAA v1a,xyz ${headers['webhook-signature']}`;
    expect(verifyStandardWebhooks(key, { ...headers, 'webhook-signature': several }, body)).toBe(true);
  });

  it.each<[string, Headers, Buffer, Buffer]>([
    ['another key', headers, body, Buffer.from('other')],
    ['another body', headers, Buffer.from('{"test": 2432232315}'), key],
    ['another id', { ...headers, 'webhook-id': 'msg_1' }, body, key],
    ['another time', { ...headers, 'webhook-timestamp': '1614265331' }, body, key],
    [
      'another version',
      { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1', 'v2') },
      body,
      key,
    ],
    ['no signature', { ...headers, 'webhook-signature': undefined }, body, key],
    ['no id', { ...headers, 'webhook-id': undefined }, body, key],
  ])('refuses %s', (_what, changed, changedBody, changedKey) => {
    expect(verifyStandardWebhooks(changedKey, changed, changedBody)).toBe(false);
  });
});

describe('all three signatures', () => {
  // Signatures made with `openssl dgst -sha256 -hmac AAAA-BBBB`.
  const inner = '5b3e2fd5cccbb63e343c630d8e7ef32ec76aa1264dee27b4f2c536cba2e19cf8';
  const text = `{"signature":{"timestamp":"1795526969","token":"tok","signature":"${inner}"},"event-data":{"event":"delivered","to":"jörg@x.test"}}`;
  const body = Buffer.from(text);
  const headers: Record<string, string> = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': '1795526970',
    'webhook-signature': 'v1,o1WA1j0CtVUOhYKzTKnvWlXp5PJzzSHJY4FPLWYnmSE=',
    'x-octeth-signature': 't=1795526970,v1=2474e8e23bad12c5d65ab19f0fb7275dba8c1ed5f2ddf7c4b7aec0c3cf8fc4fb',
  };
  const check = (more: Record<string, string> = {}, bytes = body, key = 'AAAA-BBBB'): string => {
    const checks = checkSignatures(key, { ...headers, ...more }, bytes);
    return `${checks.standardWebhooks} ${checks.octethSignature} ${checks.body}`;
  };

  it('hold with the characters of the displayed key as bytes', () => {
    expect(check()).toBe('true true true');
    expect(check({}, body, 'AAAA-BBBC')).toBe('false false false');
  });

  it('are judged one by one', () => {
    expect(check({ 'webhook-signature': 'v1,AAAA' })).toBe('false true true');
    expect(
      check({
        'x-octeth-signature':
          't=1795526971,v1=2474e8e23bad12c5d65ab19f0fb7275dba8c1ed5f2ddf7c4b7aec0c3cf8fc4fb',
      }),
    ).toBe('true false true');
    expect(check({ 'x-octeth-signature': 'v1=2474' })).toBe('true false true');
    expect(check({}, Buffer.from(text.replace('"tok"', '"tox"')))).toBe('false false false');
    expect(check({}, Buffer.from(text.replace('delivered', 'bounced')))).toBe('false false true');
  });

  it('fail, and nothing else, for a body that is no webhook', () => {
    for (const other of [
      '',
      'x',
      '[]',
      '{}',
      '{"signature":"x"}',
      '{"signature":{"timestamp":1,"token":"t"}}',
    ]) {
      expect(check({}, Buffer.from(other))).toBe('false false false');
    }
  });
});
