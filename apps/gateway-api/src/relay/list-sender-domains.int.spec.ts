import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';
import { type DomainWish, HALF, insertDomain, UNCHECKED, VERIFIED } from './testing/domain-rows.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());
beforeEach(() => gateway.database.execute('DELETE FROM oempro_eg_domains'));

const domain = (name: string, wish?: DomainWish, userId?: number) =>
  insertDomain(gateway, name, wish, userId);

const list = (format?: string, surface: 'v1' | 'legacy' = 'v1') => {
  const asked = format === undefined ? {} : { DomainsResponseFormat: format };
  return surface === 'v1'
    ? gateway.request('POST', '/api/v1/sender.domains', { json: asked, bearer: gateway.adminKey })
    : gateway.command('sender.domains', { AdminAPIKey: gateway.adminKey, ...asked });
};

describe('sender.domains', () => {
  it('lists the Enabled domains of all users, sorted, each once', async () => {
    await domain('zeta.example.com', {}, 1);
    await domain('alpha.example.com', {}, 1);
    await domain('alpha.example.com', {}, 12);
    for (const status of ['Approval Pending', 'Disabled', 'Suspended', 'Blocked', 'Deleted'])
      await domain(`${status.slice(0, 3).toLowerCase()}.example.com`, { status, records: VERIFIED });
    const Domains = ['alpha.example.com', 'zeta.example.com'];
    for (const format of [undefined, '', 'json', ' JSON ']) {
      const reply = await list(format);
      expect([reply.status, reply.contentType]).toEqual([200, 'application/json; charset=utf-8']);
      expect(reply.json).toEqual({ Success: true, Domains });
      const legacy = await list(format, 'legacy');
      expect([legacy.status, legacy.json]).toEqual([200, { Success: true, ErrorCode: 0, Domains }]);
    }
  });

  it('answers an empty list in each format', async () => {
    expect((await list('json')).json).toEqual({ Success: true, Domains: [] });
    for (const format of ['powermta-bounce-domains', 'powermta-relay-domains']) {
      const reply = await list(format);
      expect([reply.status, reply.contentType, reply.text]).toEqual([200, 'text/plain; charset=utf-8', '']);
    }
  });

  describe('for PowerMTA', () => {
    beforeEach(async () => {
      await domain('b.example.com');
      await domain('b.example.com');
      await domain('a.example.com', { options: { CustomSubdomain: 'Outbound' } });
      // The same host from two sides.
      await domain('example.com', { options: { CustomSubdomain: 'x' } });
      await domain('sl.example.com', { status: 'Approval Pending', records: UNCHECKED });
      await domain('disabled.example.com', { status: 'Disabled', records: VERIFIED });
      await domain('suspended.example.com', { status: 'Suspended', records: VERIFIED });
      await domain('blocked.example.com', { status: 'Blocked', records: VERIFIED });
      await domain('waiting.example.com', { status: 'Approval Pending', records: VERIFIED });
      await domain('gone.example.com', { status: 'Deleted', records: VERIFIED });
      await domain('unproved.example.com', { status: 'Disabled', records: HALF });
      await domain('recordless.example.com', { status: 'Suspended', records: [] });
    });
    const hosts = [
      'outbound.a.example.com',
      'sl.b.example.com',
      'sl.blocked.example.com',
      'sl.disabled.example.com',
      'sl.suspended.example.com',
      'sl.waiting.example.com',
      'x.example.com',
    ];

    it.each(['v1', 'legacy'] as const)('lists return path hosts as relay domains (%s)', async (surface) => {
      const reply = await list('PowerMTA-Relay-Domains', surface);
      expect([reply.status, reply.contentType]).toEqual([200, 'text/plain; charset=utf-8']);
      expect(reply.text).toBe(hosts.map((host) => `relay-domain ${host}\n`).join(''));
    });

    it.each(['v1', 'legacy'] as const)('lists them as addresses of bounces (%s)', async (surface) => {
      const reply = await list('powermta-bounce-domains', surface);
      expect([reply.status, reply.contentType]).toEqual([200, 'text/plain; charset=utf-8']);
      const lines = hosts.map((host) => `    domain ${host}\n`).join('');
      expect(reply.text).toBe(
        `<bounce-processor>\n  <address-list>\n${lines}  </address-list>\n</bounce-processor>\n`,
      );
    });
  });

  it('has every one of many domains, over pages', async () => {
    const names = Array.from({ length: 12_001 }, (_, no) => `d${String(no).padStart(6, '0')}.example.com`);
    for (let from = 0; from < names.length; from += 1000) {
      const rows = names.slice(from, from + 1000).map((name, no) => {
        const at = new Date();
        return [from + no + 1, no % 7, name, 'Enabled', '{}', '{"DNSRecords":[]}', '[]', 1, at, at];
      });
      await gateway.database.execute(
        `INSERT INTO oempro_eg_domains (DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, PolicyMeta,
           Version, CreatedAt, UpdatedAt) VALUES ?`,
        [rows],
      );
    }
    expect((await list('json')).json).toEqual({ Success: true, Domains: names });
    const relay = await list('powermta-relay-domains');
    expect(relay.text.trimEnd().split('\n')).toEqual(names.map((name) => `relay-domain sl.${name}`));
  }, 120_000);

  it.each(['xml', 'powermta', 'json,json'])(
    '1: knows no format %s, on both surfaces with HTTP 200',
    async (format) => {
      const refused = { Success: false, ErrorCode: 1, ErrorText: 'Invalid DomainsResponseFormat' };
      for (const surface of ['v1', 'legacy'] as const) {
        const reply = await list(format, surface);
        expect([reply.status, reply.json]).toEqual([200, refused]);
      }
    },
  );
  it('1: knows no format that is no text', async () => {
    const reply = await gateway.request('POST', '/api/v1/sender.domains', {
      json: { DomainsResponseFormat: ['json'] },
      bearer: gateway.adminKey,
    });
    expect([reply.status, reply.json['ErrorCode']]).toEqual([200, 1]);
  });

  it('99998: needs the admin key, before it looks at anything else', async () => {
    const owner = await gateway.createUser();
    for (const key of ['', 'nonsense', owner.APIKey]) {
      const v1 = await gateway.request('POST', '/api/v1/sender.domains', {
        json: { DomainsResponseFormat: 'nonsense' },
        ...(key === '' ? {} : { bearer: key }),
      });
      expect([v1.status, v1.json]).toEqual([
        403,
        { Errors: [{ Code: 99998, Message: 'Authentication failure or session expired' }] },
      ]);
      const legacy = await gateway.command('sender.domains', { AdminAPIKey: key, APIKey: owner.APIKey });
      expect([legacy.status, legacy.json]).toMatchObject([200, { Success: false, ErrorCode: 99998 }]);
    }
  });
});
