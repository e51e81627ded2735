import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { command, get, send } from './support/api.js';
import { documents, eventData, inbox, isSignedWith, received, type Document } from './support/observe.js';
import { allReady, eg, stack } from './support/system.js';
import { newTenant, type Tenant } from './support/tenant.js';

/** The main job through every part with real engines: a send becomes mail, rows, events, documents and webhooks. */
interface Fate {
  events: string[];
  webhooks: string[];
  /** The telling document of this fate. */
  outcome: { event: string; status: Record<string, unknown>; bounce: Record<string, unknown> | undefined };
}

describe('the whole way of a mail', () => {
  let tenant: Tenant;
  const sent = new Map<string, string>();

  const DELIVERED = {
    events: ['accepted-by-mta', 'accepted-by-oempro', 'delivered'],
    webhooks: ['delivered'],
    outcome: { event: 'delivered', status: { code: 250, 'enhanced-code': '2.0.0' }, bounce: undefined },
  };
  const bounced = (code: number, enhancedCode: string, type: string, category: string): Fate => ({
    events: ['accepted-by-oempro', 'bounced'],
    webhooks: ['bounced'],
    outcome: {
      event: 'bounced',
      status: { code, 'enhanced-code': enhancedCode },
      bounce: { type, category },
    },
  });
  const FATES: Record<string, Fate> = {
    jane: DELIVERED,
    bounce: bounced(550, '5.1.1', 'hard', 'bad-mailbox'),
    full: bounced(552, '5.2.2', 'soft', 'quota-issues'),
    spam: bounced(554, '5.7.1', 'block', 'spam-related'),
    defer: DELIVERED,
    late: {
      events: ['accepted-by-mta', 'accepted-by-oempro', 'bounced', 'delivered'],
      webhooks: ['bounced', 'delivered'],
      outcome: {
        event: 'bounced',
        status: { code: 550 },
        bounce: { type: 'hard', category: 'bad-mailbox' },
      },
    },
    complain: {
      ...DELIVERED,
      events: ['accepted-by-mta', 'accepted-by-oempro', 'complained', 'delivered'],
      webhooks: ['complained', 'delivered'],
    },
    reject: {
      events: ['accepted-by-oempro', 'rejected-by-mta'],
      webhooks: [],
      outcome: { event: 'rejected-by-mta', status: { code: 550 }, bounce: undefined },
    },
    tempfail: DELIVERED,
  };

  const to = (fate: string): string => `${fate}@inbox.example`;
  const of = (fate: string, items: readonly Document[]): Document[] =>
    items.filter((item) => item['message-id'] === sent.get(fate));

  beforeAll(async () => {
    await allReady();
    tenant = await newTenant();
    for (const fate of Object.keys(FATES)) {
      const { status, body } = await send(tenant, to(fate), { Tags: ['welcome'] });
      if (status !== 200) throw new Error(`not accepted: ${JSON.stringify(body)}`);
      sent.set(fate, String(body['MessageID']));
    }
  }, 60_000);

  it.each(Object.entries(FATES))(
    'tells the fate %j with the right documents, once each',
    async (fate, { events, outcome }) => {
      const found = await eventually(
        async () => {
          const mine = of(fate, await documents(tenant));
          expect(mine.map((item) => item.event).toSorted()).toEqual(events);
          return mine;
        },
        { timeoutMs: 90_000, everyMs: 250 },
      );
      for (const item of found) {
        expect(item).toMatchObject({
          'user-id': tenant.userId,
          'domain-id': tenant.domainId,
          recipient: to(fate),
          timestamp: Math.floor(Date.parse(item['logged-at']) / 1000),
          message: { 'to-domain': 'inbox.example', headers: { subject: `To ${to(fate)}` } },
        });
      }
      const telling = found.find((item) => item.event === outcome.event);
      expect(telling?.['delivery-status']).toMatchObject(outcome.status);
      expect(telling?.['bounce']).toEqual(outcome.bounce);
    },
    100_000,
  );

  it('delivers each webhook once, signed so that a receiver can verify it', async () => {
    const expected = Object.entries(FATES)
      .flatMap(([fate, { webhooks }]) => webhooks.map((event) => `${sent.get(fate)} ${event}`))
      .toSorted();
    const hooks = await eventually(
      async () => {
        const all = await received(tenant);
        expect(
          all.map((hook) => `${eventData(hook)['message-id']} ${eventData(hook).event}`).toSorted(),
        ).toEqual(expected);
        return all;
      },
      { timeoutMs: 90_000, everyMs: 250 },
    );
    for (const hook of hooks) {
      expect(hook.verified).toBe(true);
      expect(isSignedWith(stack().legacySigningKey, hook)).toBe(true);
      expect(hook.headers['webhook-id']).toBe(eventData(hook).id);
      expect(eventData(hook)['user-id']).toBe(tenant.userId);
    }
  }, 100_000);

  it('puts the mail into the inbox with its reference, and no trace of other recipients', async () => {
    const [mail] = await eventually(
      async () => {
        const mails = await inbox(to('jane'));
        const mine = mails.filter(({ headers }) => JSON.stringify(headers).includes(sent.get('jane') ?? '?'));
        return mine.length > 0 && mine;
      },
      { timeoutMs: 30_000 },
    );
    expect(mail?.subject).toBe(`To ${to('jane')}`);
    expect(Object.keys(mail?.headers ?? {}).map((name) => name.toLowerCase())).toContain('x-eg-ref');
  });

  it('shows the same events on both surfaces of the API, and to nobody else', async () => {
    const legacy = await command<{ TotalRecords: number; Events: Document[] }>('emailgateway.getevents', {
      APIKey: tenant.apiKey,
      StartFrom: 0,
      RetrieveCount: 100,
      Event: 'bounce',
    });
    expect(legacy.body.Events.map((item) => item.event)).toEqual(
      Array(legacy.body.TotalRecords).fill('bounced'),
    );
    expect(legacy.body.TotalRecords).toBe(4);

    const open = await get<{ TotalRecords: number; Events: { Event: string; LoggedAt: number }[] }>(
      `/api/v1/events?MessageID=${sent.get('jane')}`,
      tenant.senderKey,
    );
    expect(open.body.Events.map((item) => item.Event).toSorted()).toEqual(FATES['jane']?.events);

    const stranger = await newTenant();
    const foreign = await get<{ TotalRecords: number }>(
      `/api/v1/events?MessageID=${sent.get('jane')}`,
      stranger.senderKey,
    );
    expect(foreign.body.TotalRecords).toBe(0);
  }, 60_000);

  it('keeps a garbage accounting line aside with file and offset, and goes on', async () => {
    const file = join(stack().mta.accountingDir, `other-${Date.now()}.csv`);
    const header = 'type,timeLogged,orig,rcpt,header_X-EG-Ref,envId\r\n';
    writeFileSync(file, `${header}d,not a time,a@b.example,x@inbox.example,,\r\n`);
    appendFileSync(file, `b,2026-11-24 10:00:00+0000,a@b.example,x@inbox.example,forged,\r\n`);
    const findings = await eventually(
      async () => {
        const all = await eg<{ check: string; found: string }[]>('doctor').catch(
          (error: { stdout?: string }) => {
            return JSON.parse(error.stdout ?? '[]') as { check: string; found: string }[];
          },
        );
        const rows = all.find(({ check }) => check === 'accounting rows');
        expect(rows?.found).toMatch(/in quarantine/);
        return all;
      },
      { timeoutMs: 30_000, everyMs: 500 },
    );
    expect(findings.length).toBeGreaterThan(0);
  }, 60_000);
});
