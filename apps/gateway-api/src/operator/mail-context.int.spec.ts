import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestUser } from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let other: TestUser;
beforeAll(async () => {
  gateway = await startTestGateway();
  [user, other] = [await gateway.createUser(), await gateway.createUser()];
});
afterAll(() => gateway.close());

const add = async (path: string, body: object) => {
  const { status, json } = await gateway.operator('POST', path, body);
  expect([status, json]).toEqual([201, { ID: expect.any(Number) }]);
  return Number(json['ID']);
};
const get = async (path: string) => {
  const { status, text } = await gateway.operator('GET', path);
  return [status, JSON.parse(text)] as const;
};
const CreatedAt = expect.any(String);

describe('templates', () => {
  it('are added, listed without their content, shown with it, deleted', async () => {
    const html = `<p>${'é😀'.repeat(50_000)}</p>`;
    const { UserID } = user;
    const TemplateID = await add('/templates', { userId: UserID, name: 'Welcome', html, plain: 'Hi' });
    const plainOnly = await add('/templates', { userId: UserID, name: 'Plain', plain: 'Hi' });
    await add('/templates', { userId: other.UserID, name: 'Foreign', html });
    expect(await get(`/templates?userId=${UserID}`)).toEqual([
      200,
      [
        { TemplateID, UserID, Name: 'Welcome', CreatedAt },
        { TemplateID: plainOnly, UserID, Name: 'Plain', CreatedAt },
      ],
    ]);
    expect(await get(`/templates/${TemplateID}`)).toEqual([
      200,
      { TemplateID, UserID, Name: 'Welcome', HTMLContent: html, PlainContent: 'Hi', CreatedAt },
    ]);
    expect(await get(`/templates/${plainOnly}`)).toMatchObject([200, { HTMLContent: null }]);
    const deleted = await gateway.operator('DELETE', `/templates/${TemplateID}`);
    expect([deleted.status, deleted.json]).toEqual([200, { ID: TemplateID }]);
    expect((await get(`/templates/${TemplateID}`))[0]).toBe(404);
    expect((await gateway.operator('DELETE', `/templates/${TemplateID}`)).status).toBe(404);
  });

  it.each<[object, string]>([
    [{ name: 'x' }, 'html'],
    [{ name: 'x', html: '' }, 'html'],
    [{ name: ' ', plain: 'x' }, 'name'],
    [{ name: 'x', plain: 'x', userId: 4_294_967_295 }, 'There is no user 4294967295'],
    [{ name: 'x', plain: 'x', userId: '1' }, 'userId'],
  ])('are refused as %j', async (body, named) => {
    const { status, text } = await gateway.operator('POST', '/templates', { userId: user.UserID, ...body });
    expect([status, text]).toEqual([400, expect.stringContaining(named)]);
  });
});

describe('lists and their subscribers', () => {
  it('are added and listed by parent', async () => {
    const { UserID } = user;
    const ListID = await add('/lists', { userId: UserID, name: 'Customers' });
    const second = await add('/lists', { userId: UserID, name: 'More' });
    expect(await get(`/lists?userId=${UserID}&after=${ListID}`)).toEqual([
      200,
      [{ ListID: second, UserID, Name: 'More', CreatedAt }],
    ]);
    const fields = { FirstName: 'Ann', 'City.Name': 'Zürich' };
    const SubscriberID = await add('/subscribers', {
      listId: ListID,
      email: 'Ann@Bücher.example',
      name: 'Ann',
      fields,
    });
    await add('/subscribers', { listId: second, email: 'ann@bücher.example' });
    const shown = {
      SubscriberID,
      ListID,
      EmailAddress: 'Ann@xn--bcher-kva.example',
      Name: 'Ann',
      Fields: fields,
      CreatedAt,
    };
    expect(await get(`/subscribers?listId=${ListID}`)).toEqual([200, [shown]]);
    expect(await get(`/subscribers/${SubscriberID}`)).toEqual([200, shown]);
    expect(await get(`/subscribers?listId=${second}`)).toMatchObject([200, [{ Name: '', Fields: {} }]]);
  });

  it('have an address once', async () => {
    const listId = await add('/lists', { userId: user.UserID, name: 'Once' });
    await add('/subscribers', { listId, email: 'a@example.com' });
    const { status, text } = await gateway.operator('POST', '/subscribers', {
      listId,
      email: 'A@Example.com',
    });
    expect([status, text]).toEqual([409, expect.stringContaining(`list ${listId}`)]);
  });

  it('take their subscribers along', async () => {
    const [gone, kept] = [
      await add('/lists', { userId: user.UserID, name: 'Gone' }),
      await add('/lists', { userId: user.UserID, name: 'Kept' }),
    ];
    for (const listId of [gone, kept]) await add('/subscribers', { listId, email: 'a@example.com' });
    await gateway.operator('DELETE', `/lists/${gone}`);
    const counts = async (listId: number) => (await get(`/subscribers?listId=${listId}`))[1].length;
    expect([await counts(gone), await counts(kept)]).toEqual([0, 1]);
  });

  it.each<[object, string]>([
    [{ email: 'nonsense' }, 'email'],
    [{ email: 'a@example.com', fields: { 'a b': 'x' } }, 'fields'],
    [{ email: 'a@example.com', fields: { a: 1 } }, 'fields'],
    [{ email: 'a@example.com', listId: 4_294_967_295 }, 'There is no list 4294967295'],
  ])('refuse the subscriber %j', async (body, named) => {
    const listId = await add('/lists', { userId: user.UserID, name: 'Strict' });
    const { status, text } = await gateway.operator('POST', '/subscribers', { listId, ...body });
    expect([status, text]).toEqual([400, expect.stringContaining(named)]);
  });
});

describe('journeys and their actions', () => {
  it('are added, listed by parent and deleted together', async () => {
    const { UserID } = user;
    const JourneyID = await add('/journeys', { userId: UserID, name: 'Onboarding' });
    const ActionID = await add('/actions', { journeyId: JourneyID, name: 'First mail' });
    expect(await get(`/journeys/${JourneyID}`)).toEqual([
      200,
      { JourneyID, UserID, Name: 'Onboarding', CreatedAt },
    ]);
    const action = { ActionID, JourneyID, Name: 'First mail', CreatedAt };
    expect(await get(`/actions?journeyId=${JourneyID}`)).toEqual([200, [action]]);
    await gateway.operator('DELETE', `/journeys/${JourneyID}`);
    expect((await get(`/actions/${ActionID}`))[0]).toBe(404);
  });

  it('are refused without their parent', async () => {
    const journey = await gateway.operator('POST', '/journeys', { userId: 4_294_967_295, name: 'x' });
    const action = await gateway.operator('POST', '/actions', { journeyId: 4_294_967_295, name: 'x' });
    expect([journey.status, action.status]).toEqual([400, 400]);
  });
});
