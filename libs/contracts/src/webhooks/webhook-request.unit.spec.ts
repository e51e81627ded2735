import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { EventDocument } from '../search/event-document.js';
import { buildWebhookRequest, legacySigningKey, standardWebhooksSignature } from './webhook-request.js';

const event: EventDocument = {
  id: '5f0c0a3b6f2f4f0b8c4c1f7e0d9b2a11',
  event: 'delivered',
  timestamp: 1764000123,
  'logged-at': '2025-11-24T16:02:03.456Z',
  'log-level': 'info',
  'user-id': 12,
  'domain-id': 123,
  'message-id': '550e8400-e29b-41d4-a716-446655440000',
  recipient: 'jane@inbox.example',
  message: { headers: { subject: 'Grüße' }, 'to-domain': 'inbox.example' },
};

describe('webhook signatures', () => {
  it('agree with the vector of the Standard Webhooks specification', () => {
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    expect(
      standardWebhooksSignature(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}'),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('show the legacy key as eight dashed groups of md5(salt . license)', () => {
    // RFC 1321 A.5: MD5("abc") = 900150983cd24fb0d6963f7d28e17f72
    expect(legacySigningKey('a', 'bc')).toBe('9001-5098-3CD2-4FB0-D696-3F7D-28E1-7F72');
  });

  it('are all three made over the sent bytes with the displayed key as text', () => {
    const key = '7F94D1EF4F798E4E1F306F06DC3DF317424D60C91B2C4DC7F11D13A8D1B1C5FC';
    const token = 'a'.repeat(50);
    const { body, headers } = buildWebhookRequest({ event, key, nowMs: 1764000200999, token });
    const hex = (text: string): string => createHmac('sha256', key).update(text, 'utf8').digest('hex');
    const parsed = JSON.parse(body) as { signature: Record<string, string>; 'event-data': unknown };

    expect(parsed['event-data']).toEqual(event);
    expect(parsed.signature).toEqual({
      timestamp: '1764000200',
      token,
      signature: hex(`1764000200${token}`),
    });
    expect(headers['x-octeth-signature']).toBe(`t=1764000200,v1=${hex(`1764000200.${body}`)}`);
    expect(headers['webhook-signature']).toBe(
      `v1,${Buffer.from(hex(`${event.id}.1764000200.${body}`), 'hex').toString('base64')}`,
    );
    expect(headers).toMatchObject({
      'webhook-id': event.id,
      'webhook-timestamp': '1764000200',
      'x-octeth-delivery': event.id,
      'x-octeth-event': 'delivered',
    });
  });
});
