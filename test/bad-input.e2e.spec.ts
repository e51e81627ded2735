import { beforeAll, describe, expect, it } from '@jest/globals';
import { command, post, send } from './support/api.js';
import { allReady } from './support/system.js';
import { newTenant, type Tenant } from './support/tenant.js';

/** Bad input gets the contract's codes, in the built and running system. */
describe('bad input', () => {
  let tenant: Tenant;
  let stranger: Tenant;

  beforeAll(async () => {
    await allReady();
    tenant = await newTenant();
    stranger = await newTenant();
  }, 60_000);

  it('malformed JSON is refused with 100000 and HTTP 400', async () => {
    const { status, body } = await post('/api.php', '{"Command": "emailgateway.getdomain"');
    expect({ status, ...body }).toMatchObject({ status: 400, Success: false, ErrorCode: 100000 });
  });

  it('an unknown command is refused with 100003 and HTTP 400', async () => {
    const { status, body } = await command('emailgateway.nosuch', {});
    expect({ status, ...body }).toMatchObject({ status: 400, ErrorCode: 100003 });
  });

  it('a wrong user key is refused with 99998 and HTTP 200', async () => {
    const { status, body } = await command('emailgateway.getdomain', {
      APIKey: 'AAAA-BBBB-CCCC-DDDD',
      DomainID: 1,
    });
    expect({ status, ...body }).toMatchObject({ status: 200, Success: false, ErrorCode: 99998 });
  });

  it('missing parameters are named together, as an array', async () => {
    const { body } = await command('emailgateway.addapi', { APIKey: tenant.apiKey });
    expect(body).toMatchObject({ Success: false, ErrorCode: [1, 2] });
  });

  it('a foreign domain id looks exactly like one that does not exist', async () => {
    const ask = (id: number): ReturnType<typeof command> =>
      command('emailgateway.getdomain', { APIKey: tenant.apiKey, DomainID: id });
    const foreign = await ask(stranger.domainId);
    expect(foreign).toEqual(await ask(999_999_999));
    expect(foreign.body).toMatchObject({ Success: false, ErrorCode: 2 });
  });

  it('a wrong sender key is refused with 13, a missing one with 1, both HTTP 401', async () => {
    expect(await send({ ...tenant, senderKey: 'nonsense' }, 'a@inbox.example')).toMatchObject({
      status: 401,
      body: { Errors: [{ Code: 13 }] },
    });
    expect(await post('/api/v1/email', {})).toMatchObject({ status: 401, body: { Errors: [{ Code: 1 }] } });
  });

  it('an incomplete mail is refused with every code at once, and nothing is queued', async () => {
    const { status, body } = await post(
      '/api/v1/email',
      { From: { email: 'x' }, To: [{ name: 'A', email: 'not an address' }] },
      { authorization: `Bearer ${tenant.senderKey}` },
    );
    const codes = (body['Errors'] as { Code: number }[]).map(({ Code }) => Code).toSorted((a, b) => a - b);
    expect(status).toBe(422);
    expect(codes).toEqual(expect.arrayContaining([3, 8, 9, 19]));
  });
});
