import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestReply } from './testing/test-gateway.js';

let gateway: TestGateway;

/** A hard failure on both surfaces, and nothing about the inside. */
function expectUnavailable(reply: TestReply): void {
  expect(reply.status).toBe(500);
  expect(reply.json).toMatchObject({ Success: false, ErrorCode: 100004, Errors: [{ Code: 100004 }] });
  expect(reply.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|mysql|elastic/i);
}

describe('MySQL away', () => {
  beforeAll(async () => {
    gateway = await startTestGateway({ EG_MYSQL_HOST: '127.0.0.1', EG_MYSQL_PORT: '1' });
  });
  afterAll(() => gateway.close());

  it('answers 100004 and HTTP 500 to a mail', async () => {
    expectUnavailable(await gateway.request('POST', '/api/v1/email', { json: {}, bearer: 'x' }));
    expectUnavailable(await gateway.command('emailgateway.sendemail', { SenderAPIKey: 'x' }));
    expect.hasAssertions();
  });
  it('answers 503 to an operator', async () => {
    const reply = await gateway.operator('GET', '/users');
    const error = { code: 'unavailable', message: expect.any(String) };
    expect([reply.status, reply.json]).toEqual([503, { error }]);
    expect(reply.text).not.toContain('ECONNREFUSED');
  });
});

describe('Elasticsearch away', () => {
  beforeAll(async () => {
    gateway = await startTestGateway({ EG_ELASTICSEARCH_URL: 'http://127.0.0.1:1' });
  });
  afterAll(() => gateway.close());

  it('answers 100004 and HTTP 500 to a question for events, never an empty list', async () => {
    const owner = await gateway.createUser();
    const { senderKey } = await gateway.createDomain(owner);
    const page = { APIKey: owner.APIKey, StartFrom: 0, RetrieveCount: 10 };
    expectUnavailable(await gateway.command('emailgateway.getevents', page));
    expectUnavailable(await gateway.request('GET', '/api/v1/events', { bearer: senderKey }));
    expect.hasAssertions();
  });
});
