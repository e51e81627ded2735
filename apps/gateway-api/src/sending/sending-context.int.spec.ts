import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { parseStoredMail } from '#contracts/sending/stored-mail';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let domain: TestDomain;
/** What the user owns, and what another user does. */
let own: Owned;
let foreign: Owned;

interface Owned {
  template: number;
  list: number;
  otherList: number;
  subscriber: number;
  journey: number;
  otherJourney: number;
  action: number;
}

beforeAll(async () => {
  gateway = await startTestGateway({ EG_TARGET_LIST_RECIPIENTS: '3' });
  user = await gateway.createUser();
  domain = await gateway.createDomain(user);
  own = await fill(user);
  foreign = await fill(await gateway.createUser());
});
afterAll(() => gateway.close());

const insert = async (table: string, row: Record<string, string | number | null>) =>
  (
    await gateway.database.execute(
      `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
        .map(() => '?')
        .join(', ')})`,
      Object.values(row),
    )
  ).insertId;
const subscriberOn = (ListID: number, EmailAddress: string, Name = '', Fields: object = {}) =>
  insert('oempro_subscribers', { ListID, EmailAddress, Name, Fields: JSON.stringify(Fields) });

async function fill({ UserID }: TestUser): Promise<Owned> {
  const list = await insert('oempro_subscriber_lists', { UserID, Name: 'list' });
  const journey = await insert('oempro_journeys', { UserID, Name: 'journey' });
  return {
    template: await insert('oempro_email_templates', {
      UserID,
      Name: 't',
      HTMLContent: '<p>From the template</p>',
      PlainContent: null,
    }),
    list,
    otherList: await insert('oempro_subscriber_lists', { UserID, Name: 'other' }),
    subscriber: await subscriberOn(list, `s${UserID}@inbox.example`, 'Sue', { City: 'Rome' }),
    journey,
    otherJourney: await insert('oempro_journeys', { UserID, Name: 'other' }),
    action: await insert('oempro_journey_actions', { JourneyID: journey, Name: 'a' }),
  };
}

const mail = (change: object = {}) => ({
  Subject: 'Hello',
  ContentType: 'html',
  HTMLContent: '<p>Hi</p>',
  From: { name: 'John', email: `john@${domain.name}` },
  To: [{ name: 'Jane', email: 'jane@inbox.example' }],
  ...change,
});
const send = (change: object) =>
  gateway.request('POST', '/api/v1/email', { json: mail(change), bearer: domain.senderKey });
const sendLegacy = (change: object) =>
  gateway.command('emailgateway.sendemail', mail({ SenderAPIKey: domain.senderKey, ...change }));
/** The answers of both surfaces: status and body of v1, then of `/api.php`, whose codes are a list here. */
const onBoth = async (change: object) => {
  const v1 = await send(change);
  const { json, status } = await sendLegacy(change);
  return [v1.status, v1.json, status, json['Success'], [json['ErrorCode']].flat()];
};
const refusedWith = (status: number, ...codes: number[]) => [
  status,
  { Errors: codes.map((Code) => ({ Code, Message: expect.any(String) })) },
  200,
  false,
  codes,
];
const idsOf = (json: Record<string, unknown>) => [json['MessageID']].flat().map(String);
const stored = async (messageId: string) => {
  const [row] = await gateway.database.query<{ content: string }>(
    'SELECT content FROM eg_messages WHERE message_id = ?',
    [messageId],
  );
  return parseStoredMail(row?.content ?? '');
};
const events = async (messageId: string) =>
  (
    await gateway.database.query<{ value: Buffer }>(
      'SELECT value FROM outbox WHERE message_key = ? ORDER BY id',
      [Buffer.from(messageId)],
    )
  ).map(({ value }) => decodeMailEvent(value));

describe('ids of what the mail is sent for', () => {
  it('travel with the mail and its events', async () => {
    const { json } = await send({
      TemplateID: own.template,
      ListID: String(own.list),
      SubscriberID: own.subscriber,
      JourneyID: own.journey,
      ActionID: own.action,
    });
    const [messageId = ''] = idsOf(json);
    const context = {
      templateId: own.template,
      listId: own.list,
      subscriberId: own.subscriber,
      journeyId: own.journey,
      actionId: own.action,
    };
    expect((await stored(messageId)).context).toEqual(context);
    expect(await events(messageId)).toMatchObject([{ event: 'accepted-by-oempro', ...context }]);
  });

  it('may each be there alone; a subscriber brings its list along', async () => {
    const contextOf = async (change: object) => {
      const [messageId = ''] = idsOf((await send(change)).json);
      return (await stored(messageId)).context;
    };
    expect(await contextOf({})).toEqual({});
    expect(await contextOf({ ListID: own.otherList })).toEqual({ listId: own.otherList });
    expect(await contextOf({ SubscriberID: own.subscriber })).toEqual({
      listId: own.list,
      subscriberId: own.subscriber,
    });
    expect(await contextOf({ ActionID: own.action })).toEqual({ actionId: own.action });
  });

  it.each([
    ['TemplateID', 15, 'template'],
    ['TargetListID', 16, 'list'],
    ['ListID', 35, 'list'],
    ['SubscriberID', 36, 'subscriber'],
    ['JourneyID', 37, 'journey'],
    ['ActionID', 38, 'action'],
  ] as const)('%s that nothing, or nothing of the owner’s, has answers %d', async (parameter, code, what) => {
    expect(await onBoth({ [parameter]: foreign[what] })).toEqual(refusedWith(422, code));
    expect(await onBoth({ [parameter]: 4_000_000_000 })).toEqual(refusedWith(422, code));
    expect(await onBoth({ [parameter]: '7abc' })).toEqual(refusedWith(422, code));
    expect(await onBoth({ [parameter]: { a: 1 } })).toEqual(refusedWith(422, code));
  });

  it('have to belong together: a subscriber to its list, an action to its journey', async () => {
    expect(await onBoth({ ListID: own.otherList, SubscriberID: own.subscriber })).toEqual(
      refusedWith(422, 36),
    );
    expect(await onBoth({ JourneyID: own.otherJourney, ActionID: own.action })).toEqual(refusedWith(422, 38));
  });

  it('are answered together with what else is wrong', async () => {
    expect(await onBoth({ Subject: '', ListID: 9_999_999, JourneyID: foreign.journey })).toEqual(
      refusedWith(422, 8, 35, 37),
    );
  });
});

describe('a template', () => {
  it('gives the content that the call does not bring', async () => {
    const withTemplate = async (change: object) => {
      const { status, json } = await send({ TemplateID: own.template, ...change });
      expect(status).toBe(200);
      return (await stored(idsOf(json)[0] ?? '')).content;
    };
    expect(await withTemplate({ HTMLContent: undefined })).toMatchObject({
      html: '<p>From the template</p>',
    });
    expect(await withTemplate({})).toMatchObject({ html: '<p>Hi</p>' });
    expect(await onBoth({ TemplateID: own.template, ContentType: 'plain' })).toEqual(refusedWith(422, 15));
  });
});

describe('a subscriber', () => {
  it('fills the tags of subject and body', async () => {
    const { json } = await send({
      Subject: 'Hi {{ Subscriber:Name }}',
      HTMLContent: '<p>%Subscriber:City%, {{ Subscriber:Street|"no street" }}</p>',
      SubscriberID: own.subscriber,
    });
    const [messageId = ''] = idsOf(json);
    expect((await stored(messageId)).content).toMatchObject({
      subject: 'Hi Sue',
      html: '<p>Rome, no street</p>',
    });
    expect(await events(messageId)).toMatchObject([{ subject: 'Hi Sue' }]);
  });

  it('who is not named leaves tags alone', async () => {
    const { json } = await send({ Subject: 'Hi {{ Subscriber:Name }}' });
    expect(await stored(idsOf(json)[0] ?? '')).toMatchObject({
      content: { subject: 'Hi {{ Subscriber:Name }}' },
    });
  });
});

describe('a target list', () => {
  const listOf = async (...addresses: string[]) => {
    const list = await insert('oempro_subscriber_lists', { UserID: user.UserID, Name: 'target' });
    const ids = new Map<string, number>();
    for (const address of addresses)
      ids.set(address, await subscriberOn(list, address, address.slice(0, 1).toUpperCase()));
    return { list, ids };
  };
  const queue = async (messageIds: readonly string[]) =>
    messageIds.length === 0
      ? []
      : (
          await gateway.database.query<{ recipient: string; recipient_type: string }>(
            'SELECT recipient, recipient_type FROM eg_send_queue WHERE message_id IN (?) ORDER BY id',
            [messageIds],
          )
        ).map(({ recipient, recipient_type }) => `${recipient_type} ${recipient}`);

  it('gets one mail for each subscriber, by address, up to the installation’s bound', async () => {
    const { list, ids } = await listOf('d@l.example', 'b@l.example', 'c@l.example', 'a@l.example');
    const { json } = await send({ TargetListID: list, Subject: 'Hi {{ Subscriber:Name }}', To: undefined });
    const messageIds = idsOf(json);
    expect(messageIds).toHaveLength(3);
    expect(await queue(messageIds)).toEqual(['to a@l.example', 'to b@l.example', 'to c@l.example']);
    const [first] = await events(messageIds[0] ?? '');
    expect(first).toMatchObject({
      recipient: 'a@l.example',
      to: 'A <a@l.example>',
      subject: 'Hi A',
      listId: list,
      subscriberId: ids.get('a@l.example'),
    });
    expect(idsOf((await sendLegacy({ TargetListID: list })).json)).toHaveLength(3);
  });

  it('takes the place of To; CC and BCC get a copy of each', async () => {
    const { list } = await listOf('a@l.example', 'b@l.example');
    const bcc = { name: '', email: 'bcc@l.example' };
    const { json } = await send({
      TargetListID: list,
      To: [{ name: '', email: 'to@l.example' }],
      BCC: [bcc],
    });
    expect(await queue(idsOf(json))).toEqual([
      'to a@l.example',
      'bcc bcc@l.example',
      'to b@l.example',
      'bcc bcc@l.example',
    ]);
  });

  it('without subscribers is a success without a MessageID: nothing was queued', async () => {
    const { list } = await listOf();
    expect(await send({ TargetListID: list })).toMatchObject({ status: 200, json: {} });
    expect((await send({ TargetListID: list })).json).toEqual({});
    expect((await sendLegacy({ TargetListID: list })).json).toEqual({ Success: true, ErrorCode: 0 });
  });

  it('loses its suppressed subscribers; 14 when nobody is left', async () => {
    const { list } = await listOf('a@s.example', 'b@s.example');
    await insert('oempro_suppression_list', { UserID: user.UserID, EmailAddress: 'a@s.example' });
    expect(await queue(idsOf((await send({ TargetListID: list })).json))).toEqual(['to b@s.example']);
    await insert('oempro_suppression_list', { UserID: 0, EmailAddress: '*@s.example', IsPattern: 1 });
    expect(await onBoth({ TargetListID: list })).toEqual(refusedWith(409, 14));
  });

  it('skips addresses that no mail can be sent to', async () => {
    const { list } = await listOf('broken', 'x@l.example');
    expect(await queue(idsOf((await send({ TargetListID: list })).json))).toEqual(['to x@l.example']);
  });

  it('is all or nothing before a limit', async () => {
    const { list } = await listOf('a@l.example', 'b@l.example', 'c@l.example');
    const set = (LimitEmailSendPerDay: number | null) =>
      gateway.database.execute('UPDATE oempro_users SET LimitEmailSendPerDay = ? WHERE UserID = ?', [
        LimitEmailSendPerDay,
        user.UserID,
      ]);
    await gateway.database.execute('DELETE FROM eg_send_usage');
    await set(2);
    expect(await onBoth({ TargetListID: list })).toEqual(refusedWith(420, 17));
    await set(3);
    expect(idsOf((await send({ TargetListID: list })).json)).toHaveLength(3);
    await set(null);
  });

  it('that cannot be read answers 39 with HTTP 502', async () => {
    const { list } = await listOf('a@l.example');
    await gateway.database.execute('RENAME TABLE oempro_subscribers TO moved');
    // Looking for ids reads subscribers too; the list is read after that.
    await gateway.database.execute(
      `CREATE VIEW oempro_subscribers AS SELECT SubscriberID, ListID, EmailAddress, Name, Fields, CreatedAt FROM moved
       WHERE ListID <> ${list} OR JSON_EXTRACT(Fields, 1) = 1`,
    );
    try {
      expect(await onBoth({ TargetListID: list })).toEqual(refusedWith(502, 39));
    } finally {
      await gateway.database.execute('DROP VIEW oempro_subscribers');
      await gateway.database.execute('RENAME TABLE moved TO oempro_subscribers');
    }
    expect(idsOf((await send({ TargetListID: list })).json)).toHaveLength(1);
  });
});
