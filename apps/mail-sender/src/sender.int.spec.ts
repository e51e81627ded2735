import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { readHeaderReference } from '#contracts/reference/header-reference';
import { readToken, tokenFromVerp } from '#contracts/reference/mail-reference';
import { contractMigrations } from '#contracts/schema/migrations';
import { serializeMail } from '#contracts/sending/stored-mail';
import { TOPICS } from '#contracts/topics';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { eventually } from '#platform/testing/eventually';
import { createTestDatabase } from '#platform/testing/test-database';
import type { TestDatabase } from '#platform/testing/test-database';
import { SendQueue } from './claim/send-queue.js';
import { Recorder } from './record/recorder.js';
import { acceptMail, addSender, FakeMta, KEY, log, Running } from './testing.spec.js';
import type { AcceptOptions } from './testing.spec.js';

let test: TestDatabase;
let mta: FakeMta;
let running: Running[] = [];

beforeAll(async () => {
  test = await createTestDatabase([...plumbingMigrations, ...contractMigrations]);
  await addSender(test.database);
});
afterAll(() => test.drop());
beforeEach(async () => {
  mta = new FakeMta();
  await mta.start();
});
afterEach(async () => {
  for (const each of running) await each.stop();
  running = [];
  await mta.stop();
  for (const table of ['eg_messages', 'eg_send_queue', 'outbox', 'leases'])
    await test.database.execute(`DELETE FROM ${table}`);
});

const run = async (options?: { connections?: number }): Promise<Running> => {
  const started = await new Running(test, mta.port, options).start();
  running.push(started);
  return started;
};

const accept = (recipients: readonly string[], options?: AcceptOptions): Promise<string> =>
  acceptMail(test.database, recipients, options);

interface Stored {
  recipient: string;
  state: string;
  attempts: number;
  last_response: string | null;
  claim_owner: string | null;
  wait: number;
}

const rowsOf = (messageId: string): Promise<Stored[]> =>
  test.database.query<Stored>(
    `SELECT recipient, state, attempts, last_response, claim_owner, ROUND(TIMESTAMPDIFF(MICROSECOND, NOW(6), due_at) / 1e6, 0) + 0 AS wait
     FROM eg_send_queue WHERE message_id = ? ORDER BY recipient_no`,
    [messageId],
  );

async function untilAll(state: string): Promise<void> {
  await eventually(
    async () =>
      (await test.database.query('SELECT id FROM eg_send_queue WHERE state <> ?', [state])).length === 0,
    { timeoutMs: 20_000 },
  );
}

/** The header fields by which a mail is recognised. */
const identifying = (raw: string): string[] => raw.match(/^(?:X-EG-Ref|Message-ID): .*(?:\r?\n .*)*/gm) ?? [];

async function outbox() {
  const rows = await test.database.query<{ topic: string; message_key: Buffer; value: Buffer }>(
    'SELECT topic, message_key, value FROM outbox ORDER BY id',
  );
  return rows.map(({ topic, message_key, value }) => ({
    topic,
    key: message_key.toString(),
    event: decodeMailEvent(value),
  }));
}

describe('mail-sender', () => {
  it('hands every recipient in by itself, with references that name it', async () => {
    const messageId = await accept(['ana@inbox.example', 'leo@inbox.example']);
    await run();
    await untilAll('sent');
    expect(mta.taken.map(({ to }) => to).sort()).toEqual(['ana@inbox.example', 'leo@inbox.example']);
    for (const mail of mta.taken) {
      const recipientNo = mail.to.startsWith('ana') ? 0 : 1;
      const reference = { userId: 1, domainId: 4, messageId, recipientNo };
      expect(readToken(KEY, mail.envelopeId)).toMatchObject({ status: 'authentic', reference });
      expect(tokenFromVerp(mail.from)).toBe(mail.envelopeId);
      expect(mail.from.endsWith('@sl.sender.example')).toBe(true);
      expect(mail.notify).toMatch(/^FAILURE$/i);
      const header = /^X-EG-Ref: (.*(?:\r?\n .*)*)/m.exec(mail.raw)?.[1] ?? '';
      expect(readHeaderReference(KEY, header)).toMatchObject({
        status: 'authentic',
        reference,
        details: {
          senderDomain: 'sender.example',
          method: 'api',
          recipient: mail.to,
          recipientType: recipientNo === 0 ? 'to' : 'bcc',
          tags: ['spring'],
        },
      });
      expect(mail.raw).toMatch(new RegExp(`^Message-ID: <${messageId}@sl.sender.example>`, 'm'));
      expect(mail.raw).not.toContain('leo@inbox.example');
    }
    expect(await rowsOf(messageId)).toMatchObject([
      { state: 'sent', attempts: 1, last_response: '250 2.0.0 queued', claim_owner: null },
      { state: 'sent', attempts: 1, last_response: '250 2.0.0 queued', claim_owner: null },
    ]);
    expect(await outbox()).toEqual([]);
  });

  it('leaves mail alone that is not due', async () => {
    const later = await accept(['later@inbox.example']);
    await test.database.execute('UPDATE eg_send_queue SET due_at = NOW(6) + INTERVAL 1 DAY');
    await accept(['now@inbox.example']);
    await run();
    await eventually(() => mta.taken.length === 1);
    expect(mta.taken[0]?.to).toBe('now@inbox.example');
    expect(await rowsOf(later)).toMatchObject([{ state: 'queued', attempts: 0 }]);
  });

  it('two senders at once send each mail once', async () => {
    for (let message = 0; message < 20; message++) {
      await accept(Array.from({ length: 10 }, (_, no) => `m${message}-${no}@inbox.example`));
    }
    await Promise.all([run({ connections: 3 }), run({ connections: 3 })]);
    await untilAll('sent');
    expect(mta.taken).toHaveLength(200);
    expect(new Set(mta.taken.map(({ to }) => to)).size).toBe(200);
  });

  it('a 5xx fails the row and tells of it, together', async () => {
    const messageId = await accept(['reject@inbox.example', 'ana@inbox.example']);
    await run();
    await eventually(
      async () => (await rowsOf(messageId)).map(({ state }) => state).join() === 'failed,sent',
    );
    expect(await rowsOf(messageId)).toMatchObject([
      { attempts: 1, last_response: '550 5.7.1 not here' },
      { attempts: 1 },
    ]);
    expect(await outbox()).toMatchObject([
      {
        topic: TOPICS.mailEvents.name,
        key: messageId,
        event: {
          event: 'rejected-by-mta',
          recipient: 'reject@inbox.example',
          userId: 1,
          domainId: 4,
          senderDomain: 'sender.example',
          subject: 'Spring sale',
          tags: ['spring'],
          delivery: { code: 550, enhancedCode: '5.7.1', message: '550 5.7.1 not here' },
        },
      },
    ]);
  });

  it('a 4xx comes back after 5, then 30 seconds; after the last attempt it is a rejection', async () => {
    const messageId = await accept(['tempfail@inbox.example']);
    await run();
    await eventually(async () => (await rowsOf(messageId))[0]?.attempts === 1);
    expect(await rowsOf(messageId)).toMatchObject([
      { state: 'queued', last_response: '451 4.3.0 later', claim_owner: null },
    ]);
    expect((await rowsOf(messageId))[0]?.wait).toBeGreaterThanOrEqual(3);
    await test.database.execute('UPDATE eg_send_queue SET due_at = NOW(6)');
    await eventually(async () => (await rowsOf(messageId))[0]?.attempts === 2);
    expect((await rowsOf(messageId))[0]?.wait).toBeGreaterThanOrEqual(27);
    await test.database.execute('UPDATE eg_send_queue SET attempts = 10, due_at = NOW(6)');
    await untilAll('failed');
    expect(await outbox()).toMatchObject([
      {
        event: {
          event: 'rejected-by-mta',
          delivery: { code: 451 },
          reason: 'not accepted by the MTA within 24 hours',
        },
      },
    ]);
  });

  it('an MTA that is away costs no attempt, turns readiness red, and sending goes on with its return', async () => {
    await mta.stop();
    const messageId = await accept(['ana@inbox.example', 'leo@inbox.example']);
    const { gate } = await run();
    await eventually(() => expect(gate.check()).rejects.toThrow(/ECONNREFUSED/));
    await eventually(async () => (await rowsOf(messageId)).every(({ state }) => state === 'queued'));
    expect(await rowsOf(messageId)).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
    await mta.start();
    await untilAll('sent');
    await expect(gate.check()).resolves.toBeUndefined();
    expect((await rowsOf(messageId)).map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  it('an MTA that goes away in mid-mail costs no attempt either', async () => {
    const messageId = await accept(['ana@inbox.example']);
    mta.beforeReply = () => mta.stop();
    const { gate } = await run();
    await eventually(() => !gate.isOpen);
    await eventually(async () => (await rowsOf(messageId))[0]?.state === 'queued');
    expect(await rowsOf(messageId)).toMatchObject([{ attempts: 0 }]);
    mta.beforeReply = () => Promise.resolve();
    await mta.start();
    await untilAll('sent');
    expect(mta.taken).toHaveLength(2);
  });

  it('killed between 250 and recording: the mail goes out again with the same references', async () => {
    class NeverRecords extends Recorder {
      override sent(): Promise<void> {
        return Promise.withResolvers<void>().promise;
      }
    }
    const messageId = await accept(['ana@inbox.example']);
    const dying = await new Running(test, mta.port, {
      recorder: new NeverRecords(test.database, log),
    }).start();
    await eventually(() => mta.taken.length === 1);
    await dying.kill();
    const [left] = await rowsOf(messageId);
    expect(left).toMatchObject({ state: 'sending', attempts: 0 });
    const alive = await run();
    // As long as the dead sender's lease lives, the row is left to it.
    await alive.sender.turn(new AbortController().signal);
    expect(await rowsOf(messageId)).toMatchObject([{ state: 'sending', claim_owner: left?.claim_owner }]);
    await untilAll('sent');
    const named = mta.taken.map(({ from, to, envelopeId, raw }) => ({
      from,
      to,
      envelopeId,
      headers: identifying(raw),
    }));
    expect(named).toHaveLength(2);
    expect(named[1]).toEqual(named[0]);
  });

  it('a sender that was taken for dead cannot change what others made of its rows', async () => {
    const messageId = await accept(['ana@inbox.example']);
    const [row] = await new SendQueue(test.database).claim({ owner: 'mail-sender/lapsed', token: 1 }, 1);
    await run();
    await untilAll('sent');
    const late = new Recorder(test.database, log);
    if (!row) throw new Error('the row was not claimed');
    await late.postponed(row, 'late', 60, true);
    await late.sent(row, '250 late');
    await late.returned(row);
    expect(await rowsOf(messageId)).toMatchObject([
      { state: 'sent', attempts: 1, last_response: '250 2.0.0 queued' },
    ]);
  });

  it('rows that it holds without knowing, after a claim whose commit it never saw, are sent', async () => {
    await run();
    const lease = await eventually(async () => {
      const [row] = await test.database.query<{ name: string; token: number }>(
        "SELECT name, token FROM leases WHERE name LIKE 'mail-sender/%' AND name NOT LIKE 'mail-sender/@%'",
      );
      return row ?? false;
    });
    await accept(['ana@inbox.example'], { heldBy: lease });
    await untilAll('sent');
    expect(mta.taken).toHaveLength(1);
  });

  it('stops without leaving a row behind: what is under way is finished, the rest given back', async () => {
    const messageId = await accept(Array.from({ length: 8 }, (_, no) => `r${no}@inbox.example`));
    const held = Promise.withResolvers<void>();
    mta.beforeReply = () => held.promise;
    const started = await run({ connections: 2 });
    await eventually(() => mta.taken.length === 2);
    const stopping = started.stop();
    running = [];
    await eventually(
      async () => (await rowsOf(messageId)).filter(({ state }) => state === 'queued').length === 6,
    );
    held.resolve();
    await stopping;
    const states = (await rowsOf(messageId)).map(({ state, attempts }) => `${state} ${attempts}`);
    expect(states.sort()).toEqual([...Array(6).fill('queued 0'), 'sent 1', 'sent 1']);
    expect(await test.database.query("SELECT name FROM leases WHERE name LIKE 'mail-sender/%'")).toEqual([]);
  });

  it('sends a mail that a customer wrote as it is, under the same references', async () => {
    const own = [
      'X-Job: orders',
      'Date: Mon, 1 Jan 2024 00:00:00 +0000',
      'Message-ID: <own@sender.example>',
      'sUbJect: Spring',
      '',
      'Gr\xfc\xdfe',
      '.hidden',
      '',
    ].join('\r\n');
    const content = serializeMail({
      content: {
        version: 2,
        raw: Buffer.from(own, 'latin1').toString('base64'),
        tags: ['relay'],
        trackLinks: false,
        trackOpens: false,
      },
      shown: { from: 'S <s@sender.example>', to: 'ana@inbox.example', subject: 'Spring' },
      context: {},
    });
    const messageId = await accept(['ana@inbox.example'], { content });
    await run();
    await untilAll('sent');
    const [mail] = mta.taken;
    const [, reference = '', rest] =
      /^X-EG-Ref: (.*?(?:\r\n .*?)*)\r\n(?! )([^]*)$/.exec(mail?.raw ?? '') ?? [];
    expect(rest).toBe(own.replace('X-Job: orders\r\n', ''));
    expect(readHeaderReference(KEY, reference)).toMatchObject({
      status: 'authentic',
      reference: { userId: 1, domainId: 4, messageId, recipientNo: 0 },
      details: { tags: ['relay'] },
    });
    expect(readToken(KEY, mail?.envelopeId ?? '')).toMatchObject({ status: 'authentic' });
    expect(tokenFromVerp(mail?.from ?? '')).toBe(mail?.envelopeId);
  });

  it('tells of a refused mail that a customer wrote with its header texts', async () => {
    const shown = { from: 'S <s@sender.example>', to: 'r@inbox.example', subject: 'Grüße' };
    const content = serializeMail({
      content: { version: 2, raw: 'QTogYg0KDQo=', tags: [], trackLinks: false, trackOpens: false },
      shown,
      context: {},
    });
    await accept(['reject@inbox.example'], { content });
    await run();
    await untilAll('failed');
    expect(await outbox()).toMatchObject([{ event: { event: 'rejected-by-mta', ...shown } }]);
  });

  it('a stored message that is no mail fails with an event, the others go on', async () => {
    const broken = await accept(['ana@inbox.example'], { content: '{"version":9}' });
    const good = await accept(['leo@inbox.example']);
    await run();
    await eventually(
      async () => (await rowsOf(good))[0]?.state === 'sent' && (await rowsOf(broken))[0]?.state === 'failed',
    );
    expect(await outbox()).toMatchObject([
      { key: broken, event: { event: 'rejected-by-mta', recipient: 'ana@inbox.example' } },
    ]);
  });
});
