import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
beforeAll(async () => {
  gateway = await startFeatureGateway();
});
afterAll(() => gateway.stop());

const DOMAIN_NOT_FOUND = 'Domain not found or access denied';
const add = (user: TestUser, DomainName: string, more: object = {}) =>
  user.call('emailgateway.adddomain', { DomainName, ...more });

describe('emailgateway.getdomain', () => {
  it('shows the domain as it was answered when it was added', async () => {
    const user = await gateway.user();
    const { NewSenderDomainID, Domain } = await add(user, 'example.com', { Subdomain: 'out' });
    const reply = await user.call('emailgateway.getdomain', { DomainID: `${Number(NewSenderDomainID)}` });
    expect(reply).toEqual({ Success: true, ErrorCode: 0, Domain });
  });

  it('1: lacks DomainID', async () => {
    const user = await gateway.user();
    expect(await user.call('emailgateway.getdomain')).toMatchObject({ Success: false, ErrorCode: [1] });
  });

  it('2: unknown, foreign and unreadable ids look alike', async () => {
    const [owner, stranger] = [await gateway.user(), await gateway.user()];
    const { NewSenderDomainID: DomainID } = await add(owner, 'example.com');
    const replies = await Promise.all([
      stranger.call('emailgateway.getdomain', { DomainID }),
      owner.call('emailgateway.getdomain', { DomainID: 4_000_000 }),
      owner.call('emailgateway.getdomain', { DomainID: `${Number(DomainID)}abc` }),
      owner.call('emailgateway.getdomain', { DomainID: -1 }),
    ]);
    expect(replies).toEqual(
      replies.map(() => ({ Success: false, ErrorCode: 2, ErrorText: DOMAIN_NOT_FOUND })),
    );
  });

  it('99998 and 99999: needs a credential and the privilege', async () => {
    const user = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    const { NewSenderDomainID: DomainID } = await add(user, 'example.com');
    expect(await user.call('emailgateway.getdomain', { DomainID })).toMatchObject({ ErrorCode: 99999 });
    expect(await user.call('emailgateway.getdomain', { DomainID, APIKey: '' })).toMatchObject({
      ErrorCode: 99998,
    });
  });
});
