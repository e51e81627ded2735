// @ts-check
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { zoneFile } from './apps.mjs';
import { run } from './command.mjs';
import { command, expectOk, request } from './demo-client.mjs';
import { ROOT } from './paths.mjs';
import { StackError, until, writeAtomically } from './process.mjs';

/** @typedef {import('./stack.mjs').Stack} Stack */

/**
 * @typedef {object} DemoAccount
 * @property {number} userId
 * @property {string} username
 * @property {string} password
 * @property {string} apiKey
 * @property {number} domainId
 * @property {string} domain
 * @property {string} senderApiKey
 */

const WEBHOOK_EVENTS = ['delivery', 'bounce', 'open', 'click', 'unsubscribe', 'complaint'];
/** How long the messages' events and webhooks may take, and how often to look (the API allows 100 requests a minute). */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 1000;

/** Local part of the recipient (it decides the fate at the sandbox's MTA), and the events that must follow. */
const FATES = [
  { fate: 'delivered', events: ['delivered'] },
  { fate: 'bounce', events: ['bounced'] },
  { fate: 'full', events: ['bounced'] },
  { fate: 'defer', events: ['delivered'] },
  { fate: 'complain', events: ['delivered', 'complained'] },
];

/**
 * The demo's user, verified domain, sending key and webhooks: made at the first start, found again later.
 * @param {Stack} stack
 * @param {(line: string) => void} say
 * @returns {Promise<DemoAccount>}
 */
export async function ensureDemo(stack, say) {
  const { api, operator, adminApiKey, sandbox } = stack.description();
  if (!sandbox) throw new StackError('the demo needs the sandbox');
  const file = join(stack.places.var, 'demo.json');
  const known = /** @type {Partial<DemoAccount> & { webhooks?: string[] }} */ (readDemo(file));
  const remember = (/** @type {typeof known} */ more) => {
    Object.assign(known, more);
    writeAtomically(file, JSON.stringify(known, null, 2) + '\n', 0o600);
  };
  if (!known.userId) remember(await createUser(operator, adminApiKey));
  const apiKey = String(known.apiKey);
  if (!known.domainId) {
    const domain = known.username === 'demo' ? 'demo.test' : `${known.username}.test`;
    const added = await command(api, apiKey, 'adddomain', { DomainName: domain });
    remember({ domain, domainId: Number(added.NewSenderDomainID) });
    say(`demo: user ${known.username} and domain ${domain} created`);
  }
  await verify(stack, api, apiKey, { domainId: Number(known.domainId), domain: String(known.domain) }, say);
  if (!known.senderApiKey) {
    const added = await command(api, apiKey, 'addapi', { DomainID: known.domainId, Description: 'Demo' });
    remember({ senderApiKey: String(added.APIKey.APIKey) });
    say('demo: sender API key made');
  }
  const target = `${sandbox.receiver}/demo`;
  const { Webhooks } = await command(api, apiKey, 'getwebhooks', { DomainID: known.domainId });
  const present = new Set(
    Webhooks.filter((/** @type {any} */ hook) => hook.WebhookURL === target).map(
      (/** @type {any} */ hook) => hook.Event,
    ),
  );
  const missing = WEBHOOK_EVENTS.filter((event) => !present.has(event));
  for (const Event of missing) {
    await command(api, apiKey, 'addwebhook', { DomainID: known.domainId, Event, WebhookURL: target });
  }
  if (missing.length > 0) say(`demo: webhooks for ${missing.join(', ')} registered at ${target}`);
  else say(`demo: domain ${known.domain}, its key and webhooks are those of an earlier start`);
  const { webhooks: _, ...account } = known;
  stack.demo = account;
  return /** @type {DemoAccount} */ (account);
}

/** @param {string} file */
function readDemo(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * @param {string} operator
 * @param {string} bearer
 */
async function createUser(operator, bearer) {
  const group = await request('POST', `${operator}/groups`, {
    bearer,
    body: { name: 'demo', privileges: '*' },
  });
  if (group.status >= 300 && group.status !== 409) {
    throw new StackError(`POST /groups answered ${group.status} ${JSON.stringify(group.body) ?? ''}`);
  }
  const password = randomBytes(9).toString('base64url');
  const create = (/** @type {string} */ username) => {
    const body = { username, password, email: `${username}@example.com`, group: 'demo' };
    return request('POST', `${operator}/users`, { bearer, body });
  };
  let username = 'demo';
  let user = await create(username);
  if (user.status === 409) {
    // Made by an earlier run whose memory is gone: take a new name.
    username = `demo-${randomBytes(3).toString('hex')}`;
    user = await create(username);
  }
  if (user.status >= 300)
    throw new StackError(`POST /users answered ${user.status} ${JSON.stringify(user.body) ?? ''}`);
  return { userId: Number(user.body.UserID), username, password, apiKey: String(user.body.APIKey) };
}

/**
 * Publish the records that the gateway asks for in the sandbox's DNS, and have them checked.
 * @param {Stack} stack
 * @param {string} api
 * @param {string} apiKey
 * @param {{ domainId: number, domain: string }} which
 * @param {(line: string) => void} say
 */
async function verify(stack, api, apiKey, { domainId, domain }, say) {
  const check = async () => {
    const { Domain } = await command(api, apiKey, 'verifydomain', { DomainID: domainId });
    return Domain.Status === 'Enabled';
  };
  if (await check()) return;
  const began = Date.now();
  await publish(stack, domain);
  await until(check, { timeoutMs: 20_000, everyMs: 300, what: 'the demo domain was not verified' });
  say(`demo: DNS records published, domain Enabled (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

/**
 * `eg sandbox dns publish`, for a system that has no stack.json yet.
 * @param {Stack} stack
 * @param {string} domain
 */
async function publish(stack, domain) {
  const { operator, adminApiKey } = stack.description();
  const { code, output } = await run(
    process.execPath,
    [join(ROOT, 'tools/eg.mjs'), 'sandbox', 'dns', 'publish', domain],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        EG_VAR: stack.places.var,
        EG_OPERATOR_URL: operator,
        EG_ADMIN_API_KEY: adminApiKey,
        EG_SANDBOX_ZONE_FILE: zoneFile(stack.places, stack.env),
      },
    },
  );
  if (code !== 0) throw new StackError(`eg sandbox dns publish ${domain} failed: ${output.trim()}`);
}

/**
 * Send one message of each fate and wait until its events can be read and their webhooks have arrived.
 * @param {Stack} stack
 * @param {DemoAccount} account
 * @param {(line: string) => void} say
 */
export async function sendDemoMail(stack, account, say) {
  const { api, sandbox } = stack.description();
  if (!sandbox) throw new StackError('the demo needs the sandbox');
  const receiver = `${sandbox.receiverAdmin}/demo`;
  const { SigningKey } = await command(api, account.apiKey, 'getwebhooks', { DomainID: account.domainId });
  await expectOk('PUT', `${receiver}/key`, { body: { key: SigningKey } });
  const run = randomBytes(4).toString('hex');
  const began = Date.now();
  const expected = await Promise.all(
    FATES.map(({ fate, events }) => send(api, account, `${fate}-${run}@recipient.test`, events)),
  );
  say(`demo: ${expected.length} messages accepted by ${api}/api/v1/email`);
  const open = expected.flat();
  const after = () => `${((Date.now() - began) / 1000).toFixed(1)} s after sending`;
  for (let nextLook = 0; open.some(({ seen, told }) => !seen || !told);) {
    if (stack.stopped) return;
    if (Date.now() - began > PATIENCE_MS) throw new StackError(missing(open));
    if (open.some(({ seen }) => !seen) && Date.now() >= nextLook) {
      nextLook = Date.now() + LOOK_EVERY_MS;
      const look = await request('GET', `${api}/api/v1/events?StartFrom=0&RetrieveCount=100`, {
        bearer: account.senderApiKey,
      });
      // "Not available, try again" is an answer to try again after; anything else that isn't a list is a failure.
      if (look.status < 500 && !look.body?.Events)
        throw new StackError(`GET /api/v1/events answered ${look.status}`);
      const Events = look.body?.Events ?? [];
      for (const item of open.filter(({ seen }) => !seen)) {
        const event = Events.find(
          (/** @type {any} */ row) =>
            row.Event === item.event && JSON.stringify(row).includes(item.recipient),
        );
        if (!event) continue;
        item.seen = true;
        say(`demo: ${item.recipient} ${item.event}, in /api/v1/events ${after()}`);
      }
    }
    for (const call of await expectOk('GET', receiver)) {
      const item = open.find(
        (one) => !one.told && call.body.includes(one.recipient) && eventOf(call.body) === one.event,
      );
      if (!item) continue;
      if (call.verified !== true)
        throw new StackError(`webhook ${item.event} of ${item.recipient} has no valid signature`);
      item.told = true;
      say(`demo: ${item.recipient} ${item.event}, webhook received, signature valid, ${after()}`);
    }
    await delay(200);
  }
  say(`demo: finished, every event and webhook has arrived; the mails are in ${sandbox.inbox}`);
}

/**
 * @param {string} api
 * @param {DemoAccount} account
 * @param {string} recipient
 * @param {string[]} events
 */
async function send(api, account, recipient, events) {
  const { MessageID } = await expectOk('POST', `${api}/api/v1/email`, {
    bearer: account.senderApiKey,
    body: {
      Subject: `Demo for ${recipient.split('-')[0]}`,
      ContentType: 'html',
      HTMLContent:
        '<h1>Hello</h1><p>This message was sent by the demo. <a href="https://example.com/">A link</a></p>',
      From: { name: 'Demo', email: `hello@${account.domain}` },
      To: [{ name: 'Recipient', email: recipient }],
      Tags: ['demo'],
    },
  });
  if (!MessageID) throw new StackError(`sending to ${recipient} gave no MessageID`);
  return events.map((event) => ({ recipient, event, seen: false, told: false }));
}

/**
 * The canonical name of the event that a webhook's body is about.
 * @param {string} body
 */
function eventOf(body) {
  try {
    const name = String(JSON.parse(body)['event-data']?.event);
    const aliases = { delivery: 'delivered', bounce: 'bounced', complaint: 'complained' };
    return /** @type {Record<string, string>} */ (aliases)[name] ?? name;
  } catch {
    return undefined;
  }
}

/** @param {{ recipient: string, event: string, seen: boolean, told: boolean }[]} open */
function missing(open) {
  const gaps = open.flatMap(({ recipient, event, seen, told }) => [
    ...(seen ? [] : [`event ${event} of ${recipient}`]),
    ...(told ? [] : [`webhook ${event} of ${recipient}`]),
  ]);
  return `after ${PATIENCE_MS / 1000} s there is still no ${gaps.join(', no ')}`;
}
