import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let owner: TestUser;
beforeAll(async () => {
  gateway = await startFeatureGateway();
  owner = await gateway.user();
});
afterAll(() => gateway.stop());

const addKey = async (DomainID: number, Description: string) => {
  const reply = await owner.call('emailgateway.addapi', { Description, DomainID });
  return reply['APIKey'] as { APIKeyID: number; APIKey: string };
};

describe('emailgateway.getapis', () => {
  it('shows every key of the domain as addapi showed it, and none of another domain', async () => {
    const [own, other] = [await gateway.domain(owner.userId), await gateway.domain(owner.userId)];
    const keys = [await addKey(own, 'first'), await addKey(own, 'second')];
    await addKey(other, 'other');
    const reply = await owner.call('EmailGateway.GetAPIs', { DomainID: `${own}` });
    expect(reply).toEqual({ Success: true, ErrorCode: 0, APIKeys: keys });
    expect(keys[0]).toMatchObject({ Description: 'first', DomainID: own, Status: 'Enabled' });
  });

  it('shows a disabled key as such, and no deleted one', async () => {
    const own = await gateway.domain(owner.userId);
    const [deleted, disabled] = [await addKey(own, 'deleted'), await addKey(own, 'disabled')];
    await owner.call('emailgateway.deleteapi', { APIKeyID: deleted.APIKeyID });
    await gateway.database.execute(`UPDATE oempro_eg_api_keys SET Status = 'Disabled' WHERE APIKeyID = ?`, [
      disabled.APIKeyID,
    ]);
    const { APIKeys } = await owner.call('emailgateway.getapis', { DomainID: own });
    expect(APIKeys).toEqual([{ ...disabled, Status: 'Disabled' }]);
  });

  it('is an empty list for a domain without keys', async () => {
    const own = await gateway.domain(owner.userId);
    expect(await owner.call('emailgateway.getapis', { DomainID: own })).toEqual({
      Success: true,
      ErrorCode: 0,
      APIKeys: [],
    });
  });

  it('1: lacks DomainID', async () => {
    expect(await owner.call('emailgateway.getapis', { DomainID: ' ' })).toEqual({
      Success: false,
      ErrorCode: [1],
      ErrorText: ['Missing required parameter (DomainID)'],
    });
  });

  it('2: unknown, foreign, deleted and unreadable domains look alike, and show no key', async () => {
    const [own, deleted] = [await gateway.domain(owner.userId), await gateway.domain(owner.userId)];
    const stranger = await gateway.user();
    await addKey(own, 'x');
    await addKey(deleted, 'x');
    await gateway.deleteDomain(owner.userId, deleted);
    const replies = await Promise.all([
      owner.call('emailgateway.getapis', { DomainID: 4_000_000 }),
      owner.call('emailgateway.getapis', { DomainID: deleted }),
      owner.call('emailgateway.getapis', { DomainID: `${own}abc` }),
      stranger.call('emailgateway.getapis', { DomainID: own }),
    ]);
    const notFound = { Success: false, ErrorCode: 2, ErrorText: 'Domain not found or access denied' };
    expect(replies).toEqual(replies.map(() => notFound));
  });

  it('99998, 99999: needs a user who may manage domains', async () => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await owner.call('emailgateway.getapis', { APIKey: 'nobody' })).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
    expect(await limited.call('emailgateway.getapis')).toMatchObject({ Success: false, ErrorCode: 99999 });
  });
});
