import { randomUUID } from 'node:crypto';
import type { TestDomain, TestGateway, TestUser } from '../../http/testing/test-gateway.js';
import { contextOf } from '../cases/sending-account.cases.js';
import { mailFrom } from '../cases/sending.cases.js';
import { storyOf } from '../fixtures.js';
import { unique, type Side, type SmtpLogin } from '../world.js';

/** One user with everything that a user can have. */
export interface Tenant {
  readonly user: TestUser;
  readonly username: string;
  readonly password: string;
  readonly domain: TestDomain;
  readonly smtp: SmtpLogin;
  /** Values by the names under which requests refer to them. */
  readonly references: Readonly<Record<Reference, unknown>>;
  /** Texts that no reply to another user may contain: names, addresses, keys, passwords. */
  readonly secrets: readonly string[];
}

/** What a parameter can refer to. */
export type Reference =
  | 'domain'
  | 'deleted domain'
  | 'api key'
  | 'smtp login'
  | 'webhook'
  | 'template'
  | 'list'
  | 'subscriber'
  | 'journey'
  | 'action'
  | 'message'
  | 'smtp username'
  | 'username';

/** References to nothing: the reply to them is what a reply to another user's has to be. */
export const NOTHING: Readonly<Record<Reference, unknown>> = {
  domain: 999_999_990,
  'deleted domain': 999_999_990,
  'api key': 999_999_991,
  'smtp login': 999_999_992,
  webhook: 999_999_993,
  template: 999_999_994,
  list: 999_999_995,
  subscriber: 999_999_996,
  journey: 999_999_997,
  action: 999_999_998,
  message: randomUUID(),
  'smtp username': 'nobody-at-all',
  username: 'nobody-at-all',
};

/**
 * Five users whose ids begin with each other's digits: 41, 42, 410, 411, 420. Where something selects by a pattern, one
 * of them sees another's.
 */
export async function fiveTenants(side: Side): Promise<Tenant[]> {
  const first = Math.max(side.owner.UserID, side.stranger.UserID) + 1;
  const tenants: Tenant[] = [];
  for (const userId of [first, first + 1, first * 10, first * 10 + 1, (first + 1) * 10]) {
    await side.sql(`ALTER TABLE oempro_users AUTO_INCREMENT = ${userId}`);
    const tenant = await settle(side);
    if (tenant.user.UserID !== userId) throw new Error(`the user was to be ${userId}`);
    tenants.push(tenant);
  }
  return tenants;
}

async function settle(side: Side): Promise<Tenant> {
  const marker = `zq${unique()}`;
  const { gateway } = side;
  const [username, password] = [`user-${marker}`, `pass-${marker}`];
  const user = await gateway.createUser({ username, password, email: `${marker}@example.com` });
  const [domain, deleted] = [
    await gateway.createDomain(user, `${marker}.example.com`),
    await gateway.createDomain(user, `old-${marker}.example.com`),
  ];
  await side.call('emailgateway.deletedomain', { DomainID: deleted.domainId }, user);
  const smtp = await side.smtpLogin(domain, user);
  const key = await side.apiKey(domain, user);
  const webhook = await side.webhook(domain, user, `https://hooks.example.com/${marker}`);
  const context = await contextOf(side, user.UserID);
  await side.sql('UPDATE oempro_subscribers SET EmailAddress = ? WHERE SubscriberID = ?', [
    `sub-${marker}@example.org`,
    context['SubscriberID'] ?? 0,
  ]);
  await side.sql('INSERT INTO oempro_suppression_list (UserID, EmailAddress) VALUES (?, ?)', [
    user.UserID,
    `never-${marker}@example.org`,
  ]);
  const waiting = await sendLater(side, domain);
  const story = storyOf(user.UserID, domain, `Subject ${marker}`);
  await gateway.index(story);
  const message = story[0]?.messageId ?? '';
  const { SigningKey } = await side.call(
    'emailgateway.regeneratesigningkey',
    { DomainID: domain.domainId },
    user,
  );
  return {
    user,
    username,
    password,
    domain,
    smtp,
    references: {
      domain: domain.domainId,
      'deleted domain': deleted.domainId,
      'api key': key.id,
      'smtp login': smtp.id,
      webhook,
      template: context['TemplateID'],
      list: context['ListID'],
      subscriber: context['SubscriberID'],
      journey: context['JourneyID'],
      action: context['ActionID'],
      message,
      'smtp username': smtp.username,
      username,
    },
    secrets: [
      marker,
      user.APIKey,
      domain.senderKey,
      key.key,
      smtp.username,
      smtp.password,
      String(SigningKey),
      message,
      waiting,
    ],
  };
}

/** A mail that waits in the queue. */
async function sendLater({ gateway }: { gateway: TestGateway }, domain: TestDomain): Promise<string> {
  const reply = await gateway.command('emailgateway.sendemail', {
    SenderAPIKey: domain.senderKey,
    ...mailFrom(domain.name, { SendAt: 4_000_000_000 }),
  });
  if (reply.json['Success'] !== true) throw new Error(reply.text);
  return String(reply.json['MessageID']);
}
