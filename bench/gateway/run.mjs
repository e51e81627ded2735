// @ts-check
// `npm run bench:gateway`: what the gateway costs, as ratios against references that run in turns with it.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { continueOnProjectNode, ensureBuilt } from '../../tools/stack/install.mjs';
import { progress } from '../../tools/stack/progress.mjs';
import { testEngines } from '../../tools/stack/test-engines.mjs';
import { startChild } from '../lib/child.mjs';
import { finish, interleaved, report } from '../lib/rounds.mjs';
import { load } from './dist.mjs';
import { measureExport } from './export.mjs';

const CALLERS = 32;
const ROUND_MS = Number(process.env['BENCH_ROUND_MS'] ?? 4_000);
const ROUNDS = 5;

process.env['EG_TEST_VAR'] ||= 'var/bench';
const say = progress();
await ensureBuilt(say);
continueOnProjectNode(import.meta.url);
const engines = await testEngines(say);
const address = { ...process.env, ...engines.env };
const mysql = JSON.parse(String(address['EG_TEST_MYSQL']));
const database = `bench_${randomBytes(4).toString('hex')}`;
const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));

const settings = {
  EG_MYSQL_HOST: mysql.host,
  EG_MYSQL_PORT: String(mysql.port),
  EG_MYSQL_USER: mysql.user,
  EG_MYSQL_PASSWORD: mysql.password,
  EG_MYSQL_DATABASE: database,
  EG_KAFKA_BROKERS: String(address['EG_TEST_KAFKA']),
  EG_ELASTICSEARCH_URL: String(address['EG_TEST_ELASTICSEARCH']),
  EG_HTTP_PORT: '0',
  EG_OPERATOR_PORT: '0',
  EG_MASTER_KEY: randomBytes(32).toString('hex'),
  EG_ADMIN_API_KEY: randomBytes(16).toString('hex'),
  EG_LEGACY_KEY_SALT: 'bench',
  EG_LEGACY_KEY_LICENSE: 'bench',
  // The bars are about the send route, not about its refusals.
  EG_RATE_LIMIT_PER_MINUTE: '0',
};

const MAIL = JSON.stringify({
  Subject: 'Your order 4711 is on its way',
  ContentType: 'html',
  HTMLContent: `<h1>Thank you</h1><p>${'Your parcel left our house today. '.repeat(40)}</p>`,
  From: { name: 'Shop', email: 'shop@bench.example' },
  To: [{ name: 'Jane Smith', email: 'jane@inbox.example' }],
  Tags: ['order'],
});

/** @type {{ stop(): Promise<void> }[]} */
const children = [];
/** @param {string} script @param {Record<string, string>} [env] */
async function child(script, env = {}) {
  const started = await startChild(new URL(script, import.meta.url), { ...settings, ...env });
  children.push(started);
  return started;
}

try {
  await prepareDatabase();
  await measureSend();
  await measureExport({ child, settings, say });
} finally {
  await Promise.all(children.map((each) => each.stop()));
  await engines.stop();
  rmSync(folder, { recursive: true, force: true });
}
finish();

async function prepareDatabase() {
  const { prepare } = await load('apps/gateway-api/src/schema/prepare.js');
  const { readPrepareConfig } = await load('apps/gateway-api/src/config.js');
  const { createLogger } = await load('libs/platform/src/telemetry/logger.js');
  await prepare(readPrepareConfig(settings), createLogger('prepare', 'silent'));
}

async function measureSend() {
  const product = await child('product.mjs');
  const { adminKey, operator } = {
    adminKey: settings.EG_ADMIN_API_KEY,
    operator: `http://127.0.0.1:${product.ready.operatorPort}`,
  };
  const key = await senderKey(operator, product.ready.port, adminKey);
  const request = (/** @type {number} */ port) => sendRequest(port, key);

  const statements = join(folder, 'statements.jsonl');
  const recorder = await child('product.mjs', { BENCH_RECORD: statements });
  const messageId = await sendOne(recorder.ready.port, key);
  await recorder.stop();
  say(`one mail is ${readFileSync(statements, 'utf8').trim().split('\n').length} statements`);

  const instant = await child('product.mjs', { BENCH_DATABASE: 'none' });
  const validated = await child('product.mjs', { BENCH_DATABASE: 'none', BENCH_ACCEPTANCE: 'none' });
  const bare = await child('bare-http.mjs');
  const loop = await child('mysql-loop.mjs', {
    BENCH_MYSQL: JSON.stringify({ ...mysql, database }),
    BENCH_CALLERS: String(CALLERS),
    BENCH_STATEMENTS: statements,
    BENCH_MESSAGE_ID: messageId,
  });
  const client = await child('load.mjs');

  const http = (/** @type {Awaited<ReturnType<typeof child>>} */ server) => async () => {
    const before = await server.ask('usage');
    const { port } = server.ready;
    const { perSecond, wrong } = await client.ask('run', {
      port,
      request: request(port),
      connections: CALLERS,
      ms: ROUND_MS,
    });
    if (wrong > 0) throw new Error(`${wrong} wrong answers`);
    const after = await server.ask('usage');
    return { perSecond, cpuMs: (after.cpuMs - before.cpuMs) / ((perSecond * ROUND_MS) / 1000) };
  };
  const figures = await interleaved(
    {
      bare: http(bare),
      validated: http(validated),
      instant: http(instant),
      loop: async () => loop.ask('run', { ms: ROUND_MS }),
      product: http(product),
    },
    ROUNDS,
  );
  for (const [name, { perSecond, cpuMs }] of Object.entries(figures)) {
    const cpu = cpuMs === undefined ? '' : `, ${cpuMs.toFixed(3)} ms CPU each`;
    console.log(`        ${name}: ${Number(perSecond).toFixed(0)} per second${cpu}`);
  }
  const rate = (/** @type {keyof typeof figures} */ name) => Number(figures[name]['perSecond']);
  console.log(`        rows made, nothing stored / bare: ${(rate('instant') / rate('bare')).toFixed(2)}`);
  report(
    'send validated, without database / bare node:http',
    rate('validated') / rate('bare'),
    'at least',
    0.6,
  );
  report(
    `send with database / bare mysql2 loop, ${CALLERS} callers`,
    rate('product') / rate('loop'),
    'at least',
    0.75,
  );
  await Promise.all([
    validated.stop(),
    instant.stop(),
    bare.stop(),
    loop.stop(),
    client.stop(),
    product.stop(),
  ]);
}

/**
 * A user with an enabled domain; its sender key.
 * @param {string} operator @param {number} port @param {string} adminKey
 */
async function senderKey(operator, port, adminKey) {
  const user = await ask(`${operator}/users`, 'POST', adminKey, {
    username: 'bench',
    password: 'bench',
    email: 'bench@example.com',
  });
  const call = (/** @type {string} */ Command, /** @type {object} */ parameters) =>
    ask(`http://127.0.0.1:${port}/api.php`, 'POST', undefined, {
      Command,
      APIKey: user.APIKey,
      ...parameters,
    });
  const domain = await call('emailgateway.adddomain', { DomainName: 'bench.example' });
  const DomainID = domain.NewSenderDomainID;
  await ask(`${operator}/domains/${DomainID}/status`, 'PUT', adminKey, { status: 'Enabled' });
  const key = await call('emailgateway.addapi', { DomainID, Description: 'bench' });
  return key.APIKey.APIKey;
}

/** @param {number} port @param {string} key */
function sendRequest(port, key) {
  return (
    `POST /api/v1/email HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
    `Authorization: Bearer ${key}\r\nContent-Length: ${Buffer.byteLength(MAIL)}\r\n\r\n${MAIL}`
  );
}

/** @param {number} port @param {string} key @returns {Promise<string>} */
async function sendOne(port, key) {
  const reply = await ask(`http://127.0.0.1:${port}/api/v1/email`, 'POST', key, JSON.parse(MAIL));
  return String(reply.MessageID);
}

/**
 * @param {string} url @param {string} method @param {string | undefined} bearer @param {object} body
 * @returns {Promise<any>}
 */
async function ask(url, method, bearer, body) {
  const response = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify(body),
  });
  const reply = /** @type {any} */ (await response.json());
  if (!response.ok || reply.Success === false) throw new Error(`${url}: ${JSON.stringify(reply)}`);
  return reply;
}
