import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type GroupWish,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
beforeAll(async () => {
  gateway = await startFeatureGateway();
});
afterAll(() => gateway.stop());

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const OPTIONS = { LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 };

const add = (user: TestUser, DomainName: unknown, more: object = {}) =>
  user.call('emailgateway.adddomain', { DomainName, ...more });

interface ShownDomain {
  Status: string;
  Options: object;
  VerificationMeta: { DNSRecords: Record<string, [string, string]> };
}
const domainOf = (reply: Record<string, unknown>): ShownDomain => reply['Domain'] as ShownDomain;
const hostsOf = (reply: Record<string, unknown>) => Object.keys(domainOf(reply).VerificationMeta.DNSRecords);

describe('emailgateway.adddomain', () => {
  it('answers with the domain and the records to publish', async () => {
    const user = await gateway.user();
    const reply = await add(user, 'Mail.Example.COM.');
    const { NewSenderDomainID } = reply;
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      NewSenderDomainID: expect.any(Number),
      Domain: {
        DomainID: NewSenderDomainID,
        SenderDomain: 'mail.example.com',
        CreatedAt: expect.stringMatching(TIME),
        Status: 'Approval Pending',
        VerificationMeta: { DNSRecords: expect.any(Object) },
        PolicyMeta: [],
        Options: OPTIONS,
      },
    });
    const entries = Object.entries(domainOf(reply).VerificationMeta.DNSRecords);
    expect(entries).toContainEqual(['sl.mail.example.com', ['CNAME', 'mailer.example.net']]);
    expect(entries).toContainEqual([
      'key1._domainkey.sl.mail.example.com',
      ['CNAME', 'key1._domainkey.mailer.example.net'],
    ]);
    expect(entries).toContainEqual(['_dmarc.sl.mail.example.com', ['CNAME', '_dmarc.mailer.example.net']]);
    expect(entries).toContainEqual(['track-sl.mail.example.com', ['CNAME', 'track.mailer.example.net']]);
    expect(entries).toContainEqual([
      expect.stringMatching(/^[0-9a-f]{16}\.sl\.mail\.example\.com$/),
      ['TXT', expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/)],
    ]);
    expect(entries).toHaveLength(5);
  });

  it('shows what the customer named, and makes the hosts from it', async () => {
    const user = await gateway.user();
    const reply = await add(user, 'example.com', {
      subdomain: 'outbound',
      TRACKPREFIX: 'links',
      TrackMerge: '.',
      TrackPrefixDisabled: 0,
    });
    expect(domainOf(reply).Options).toEqual({
      ...OPTIONS,
      CustomSubdomain: 'outbound',
      CustomTrackPrefix: 'links',
      CustomTrackMerge: '.',
    });
    expect(hostsOf(reply)).toEqual(
      expect.arrayContaining(['outbound.example.com', 'links.outbound.example.com']),
    );
  });

  it('asks for no tracking record when the prefix is switched off', async () => {
    const user = await gateway.user();
    const reply = await add(user, 'example.com', { TrackPrefixDisabled: '1' });
    expect(domainOf(reply).Options).toEqual({ ...OPTIONS, TrackPrefixDisabled: true });
    expect(hostsOf(reply).filter((host) => host.includes('track'))).toEqual([]);
  });

  it('takes international names as punycode', async () => {
    const user = await gateway.user();
    expect(domainOf(await add(user, 'Bücher.Example'))).toMatchObject({
      SenderDomain: 'xn--bcher-kva.example',
    });
  });

  it('lets two users have the same name, each with records of its own', async () => {
    const [one, other] = [await gateway.user(), await gateway.user()];
    const [first, second] = [await add(one, 'example.com'), await add(other, 'example.com')];
    expect(second['NewSenderDomainID']).not.toBe(first['NewSenderDomainID']);
    expect(hostsOf(second).at(-1)).not.toBe(hostsOf(first).at(-1));
  });

  it('may be repeated: what waits for approval is answered as it is', async () => {
    const user = await gateway.user();
    const first = await add(user, 'example.com', { Subdomain: 'out' });
    expect(await add(user, 'example.com', { Subdomain: 'out' })).toEqual(first);
    expect(await add(user, 'EXAMPLE.com')).toEqual(first);
  });

  it('asks approval anew for a domain that is there, with the records and keys that it has', async () => {
    const user = await gateway.user();
    const first = await add(user, 'example.com');
    const DomainID = Number(first['NewSenderDomainID']);
    await gateway.setStatus(DomainID, 'Enabled');
    const key = await user.call('emailgateway.addapi', { DomainID, Description: 'x' });
    expect(await add(user, 'example.com')).toEqual(first);
    expect(await user.call('emailgateway.getdomain', { DomainID })).toMatchObject({
      Domain: { Status: 'Approval Pending' },
    });
    const rows = await gateway.database.query(
      'SELECT APIKeyID, Status FROM oempro_eg_api_keys WHERE DomainID = ?',
      [DomainID],
    );
    expect(rows).toEqual([{ APIKeyID: key['NewAPIKeyID'], Status: 'Enabled' }]);
  });

  it.each(['example.com ', 'Example.COM.', '\texample.com\n', 'ｅｘａｍｐｌｅ.com'])(
    'takes %j for the domain example.com that is there',
    async (spelling) => {
      const user = await gateway.user();
      const first = await add(user, 'example.com');
      await gateway.setStatus(Number(first['NewSenderDomainID']), 'Enabled');
      expect(await add(user, spelling)).toEqual(first);
      expect(await add(user, spelling)).toEqual(first);
    },
  );

  it.each(['example.com..', 'example.com。。', 'exa\nmple.com', 'exam\u00adple.com'])(
    'takes %j for no domain, also where example.com is there',
    async (spelling) => {
      const user = await gateway.user();
      const first = await add(user, 'example.com');
      const DomainID = Number(first['NewSenderDomainID']);
      await gateway.setStatus(DomainID, 'Enabled');
      expect(await add(user, spelling)).toMatchObject({ Success: false, ErrorCode: 2 });
      expect(await user.call('emailgateway.getdomain', { DomainID })).toMatchObject({
        Domain: { Status: 'Enabled' },
      });
    },
  );

  it('takes over what a repeated call names differently, under the same id', async () => {
    const user = await gateway.user({ limitDomains: 1 });
    const first = await add(user, 'example.com', { TrackPrefix: 'links' });
    const again = await add(user, 'example.com', { Subdomain: 'out' });
    expect(again).toMatchObject({
      NewSenderDomainID: first['NewSenderDomainID'],
      Domain: {
        Status: 'Approval Pending',
        Options: { ...OPTIONS, CustomSubdomain: 'out', CustomTrackPrefix: 'links' },
      },
    });
    expect(hostsOf(again)).toEqual(expect.arrayContaining(['out.example.com', 'links-out.example.com']));
  });

  it('gets along with other changes of the domain at the same moment', async () => {
    const user = await gateway.user();
    const { NewSenderDomainID: DomainID } = await add(user, 'example.com');
    const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const replies = await Promise.all(
      labels.flatMap((label) => [
        add(user, 'example.com', { Subdomain: label }),
        user.call('emailgateway.addapi', { DomainID, Description: label }),
      ]),
    );
    expect(replies.filter(({ Success }) => Success !== true)).toEqual([]);
  });

  it.each(['Disabled', 'Suspended', 'Blocked'])('never lifts %s', async (Status) => {
    const user = await gateway.user();
    const { NewSenderDomainID } = await add(user, 'example.com');
    await gateway.setStatus(Number(NewSenderDomainID), Status);
    expect(await add(user, 'example.com')).toMatchObject({ Domain: { Status } });
    expect(await add(user, 'example.com', { Subdomain: 'out' })).toMatchObject({ Domain: { Status } });
    await user.call('emailgateway.deletedomain', { DomainID: NewSenderDomainID });
    expect(await add(user, 'example.com')).toMatchObject({ NewSenderDomainID, Domain: { Status } });
  });

  it('brings an own deleted domain back under its id, with new records', async () => {
    const user = await gateway.user();
    const first = await add(user, 'example.com', { Subdomain: 'out' });
    const id = Number(first['NewSenderDomainID']);
    await gateway.deleteDomain(user.userId, id);
    expect(await user.call('emailgateway.getdomain', { DomainID: id })).toMatchObject({ ErrorCode: 2 });

    const again = await add(user, 'example.com');
    expect(again).toMatchObject({
      NewSenderDomainID: id,
      Domain: { Status: 'Approval Pending', Options: OPTIONS },
    });
    expect(hostsOf(again)).toContain('sl.example.com');
    expect(await user.call('emailgateway.getdomain', { DomainID: id })).toMatchObject({
      Domain: again['Domain'],
    });
  });

  it('adds one name once, however many calls arrive together', async () => {
    const user = await gateway.user();
    const replies = await Promise.all([1, 2, 3, 4, 5].map(() => add(user, 'example.com')));
    expect(replies).toEqual(replies.map(() => replies[0]));
    expect(replies[0]).toMatchObject({ Success: true });
  });

  it('enables a domain at once when the group asks nothing of the DNS', async () => {
    const user = await gateway.user({ dnsTemplate: '' });
    expect(await add(user, 'example.com')).toMatchObject({
      Domain: { Status: 'Enabled', VerificationMeta: { DNSRecords: [] } },
    });
  });

  it('takes a template that nothing has as Default', async () => {
    const user = await gateway.user({ dnsTemplate: 'default' });
    expect(hostsOf(await add(user, 'example.com'))).toHaveLength(5);
  });

  it('1: lacks DomainName', async () => {
    const user = await gateway.user();
    expect(await add(user, ' ')).toEqual({
      Success: false,
      ErrorCode: [1],
      ErrorText: ['Missing required parameter (DomainName)'],
    });
  });

  it.each([
    'localhost',
    'com',
    '192.0.2.1',
    '-a.example',
    'a_b.example',
    'bücher',
    '\u0000ü.example',
    'a/b.example',
  ])('2: %j is no domain name', async (name) => {
    const user = await gateway.user();
    expect(await add(user, name, { Subdomain: '-' })).toEqual({
      Success: false,
      ErrorCode: 2,
      ErrorText: 'Invalid domain name format',
    });
  });

  it('2: comes before 4, also when a custom name is no text', async () => {
    const user = await gateway.user();
    expect(await add(user, 'localhost', { Subdomain: ['a'] })).toMatchObject({ ErrorCode: 2 });
  });

  it.each([
    { Subdomain: 'a.b' },
    { TrackPrefix: 'a'.repeat(33) },
    { TrackMerge: '+' },
    { Subdomain: ['a'] },
    { TrackMerge: {} },
  ])('4: %j is no subdomain or track prefix, and comes before the limit', async (overrides) => {
    const user = await gateway.user({ limitDomains: 1 });
    await add(user, 'first.example');
    expect(await add(user, 'example.com', overrides)).toEqual({
      Success: false,
      ErrorCode: 4,
      ErrorText: 'Invalid subdomain or track prefix value',
    });
  });

  it('3: counts what is not deleted', async () => {
    const user = await gateway.user({ limitDomains: 2 });
    const { NewSenderDomainID } = await add(user, 'one.example');
    await add(user, 'two.example');
    const full = { Success: false, ErrorCode: 3, ErrorText: 'Maximum sender domains limit reached for user' };
    expect(await add(user, 'three.example')).toEqual(full);
    await gateway.deleteDomain(user.userId, Number(NewSenderDomainID));
    expect(await add(user, 'three.example')).toMatchObject({ Success: true });
    expect(await add(user, 'one.example')).toEqual(full);
  });

  it('3: holds when calls arrive together', async () => {
    const user = await gateway.user({ limitDomains: 3 });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((label) => `${label}.example`);
    const replies = await Promise.all(names.map((name) => add(user, name)));
    expect(replies.filter(({ Success }) => Success === true)).toHaveLength(3);
    expect(replies.filter(({ ErrorCode }) => ErrorCode === 3)).toHaveLength(3);
  });

  it('99999: needs a privilege of its own', async () => {
    const user = await gateway.user({ privileges: 'EmailGateway.ManageDomain' });
    expect(await add(user, 'example.com')).toMatchObject({ Success: false, ErrorCode: 99999 });
    const adder = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await add(adder, 'example.com')).toMatchObject({ Success: true });
    expect(await adder.call('emailgateway.getdomain', { DomainID: 1 })).toMatchObject({ ErrorCode: 99999 });
  });
});

describe('what the group decides', () => {
  it.each<[GroupWish, string]>([
    [{ dnsTemplate: '', manualApproval: true }, 'Approval Pending'],
    [{ dnsTemplate: '', manualApproval: false }, 'Enabled'],
  ])('%j starts as %s', async (group, Status) => {
    const user = await gateway.user(group);
    expect(await add(user, 'example.com')).toMatchObject({ Domain: { Status } });
  });
});
