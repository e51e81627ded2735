import { describe, expect, it } from '@jest/globals';
import { mailEventId } from '../mail-events/event-id.js';
import { decodeMailEvent, encodeMailEvent } from '../mail-events/mail-event.js';
import { droppedMailEvent, type DroppedMail, type ToldMessage } from './dropped-mail.js';

const mail: DroppedMail = {
  messageId: '0f0e0d0c-0b0a-4908-8706-050403020100',
  recipient: 'Jane@example.org',
  recipientType: 'cc',
  userId: 1,
  domainId: 4,
};
const NOW = 1_709_630_102_000;
const message = (told: unknown): ToldMessage => ({
  message_id: mail.messageId,
  method: 'smtp',
  sender_domain: 'sender.example',
  accepted_at: new Date(NOW - 5_000),
  told,
});
const parts = {
  version: 1,
  subject: 'Spring sale',
  from: { name: 'Sender', email: 'news@sender.example' },
  to: [{ name: '', email: 'jane@example.org' }],
  cc: [],
  replyTo: [],
  tags: ['spring'],
};

describe('the event of a dropped mail', () => {
  it('is a refusal of ours, told with what the stored mail shows without its bodies', () => {
    const event = droppedMailEvent(mail, message({ ...parts, context: { listId: 7 } }), 'queue cleared', NOW);
    expect(event).toMatchObject({
      id: mailEventId({ ...mail, event: 'rejected-by-oempro' }),
      event: 'rejected-by-oempro',
      loggedAt: NOW,
      queuedAt: NOW - 5_000,
      senderDomain: 'sender.example',
      recipient: 'Jane@example.org',
      recipientType: 'cc',
      method: 'smtp',
      from: 'Sender <news@sender.example>',
      to: 'jane@example.org',
      subject: 'Spring sale',
      tags: ['spring'],
      listId: 7,
      reason: 'queue cleared',
    });
    expect(decodeMailEvent(encodeMailEvent(event))).toMatchObject({ id: event.id, listId: 7 });
  });

  it('has the same id whenever and why ever the mail is dropped', () => {
    const ids = [
      droppedMailEvent(mail, message(parts), 'queue cleared', NOW),
      droppedMailEvent({ ...mail, recipient: 'jane@EXAMPLE.org' }, undefined, 'domain deleted', NOW + 9),
    ].map(({ id }) => id);
    expect(ids[1]).toBe(ids[0]);
  });

  it.each<[string, ToldMessage | undefined, object]>([
    ['gone', undefined, { senderDomain: '', method: '', subject: '', queuedAt: null }],
    ['no JSON', message(null), { senderDomain: 'sender.example', subject: '', queuedAt: NOW - 5_000 }],
    ['of an unknown version', message({ version: 9 }), { senderDomain: 'sender.example', tags: [] }],
    ['a mail without header texts', message({ version: 2, tags: [] }), { from: '', to: '' }],
  ])('is told also when the stored message is %s', (_what, stored, said) => {
    const event = droppedMailEvent(mail, stored, 'queue cleared', NOW);
    expect(event).toMatchObject({ ...said, recipient: mail.recipient, reason: 'queue cleared' });
    expect(decodeMailEvent(encodeMailEvent(event)).id).toBe(event.id);
  });
});
