// @ts-check
// A CSV export of 10,000 rows against a writer made by hand.
import { randomUUID } from 'node:crypto';
import { interleaved, report } from '../lib/rounds.mjs';
import { load } from './dist.mjs';

const ROWS = 10_000;
const ROUNDS = 7;

/**
 * @param {object} tools
 * @param {(script: string, env?: Record<string, string>) => Promise<any>} tools.child
 * @param {Record<string, string>} tools.settings
 * @param {(line: string) => void} tools.say
 */
export async function measureExport({ child, settings, say }) {
  const product = await child('product.mjs');
  const created = await fetch(`http://127.0.0.1:${product.ready.operatorPort}/users`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${settings['EG_ADMIN_API_KEY']}`,
    },
    body: JSON.stringify({ username: 'export', password: 'bench', email: 'bench@example.com' }),
  });
  const user = /** @type {any} */ (await created.json());
  say(`indexing ${ROWS} events`);
  const index = await indexEvents(String(settings['EG_ELASTICSEARCH_URL']), Number(user.UserID));
  const reference = await child('csv-reference.mjs', { BENCH_INDEX: index, BENCH_USER: String(user.UserID) });
  const query = new URLSearchParams({ Command: 'emailgateway.exportevents', APIKey: user.APIKey });

  const download = (/** @type {any} */ server, /** @type {string} */ path) => async () => {
    const before = await server.ask('settle');
    const response = await fetch(`http://127.0.0.1:${server.ready.port}${path}`);
    const text = await response.text();
    const after = await server.ask('usage');
    const rows = text.trimEnd().split('\n').length - 1;
    if (rows !== ROWS) throw new Error(`${rows} rows: ${text.slice(0, 300)}`);
    return { cpuMs: after.cpuMs - before.cpuMs, grownMb: after.rssMb - before.rssMb };
  };
  const figures = await interleaved(
    { reference: download(reference, '/'), product: download(product, `/api.php?${query.toString()}`) },
    ROUNDS,
  );
  for (const [name, { cpuMs, grownMb }] of Object.entries(figures))
    console.log(
      `        export by ${name}: ${Number(cpuMs).toFixed(0)} ms CPU, ${Number(grownMb).toFixed(1)} MB`,
    );
  report(
    `CPU of ${ROWS} rows / written by hand`,
    Number(figures.product['cpuMs']) / Number(figures.reference['cpuMs']),
    'at most',
    1.5,
  );
  report('memory growth of an export', Number(figures.product['grownMb']), 'at most', 20, ' MB');
  await Promise.all([product.stop(), reference.stop()]);
}

/** @param {string} url @param {number} userId @returns {Promise<string>} pattern of the indices */
async function indexEvents(url, userId) {
  const { ElasticsearchSearchClient } = await load('libs/platform/src/search/search-client.js');
  const { indexAlias, indexName } = await load('libs/contracts/src/search/event-index.js');
  const { toDocument } = await load('libs/contracts/src/search/event-document.js');
  const search = new ElasticsearchSearchClient({ url });
  const day = Date.now() - 3 * 86_400_000;
  const alias = indexAlias(userId, day);
  await search.ensureIndex(indexName(alias), { alias });
  for (let from = 0; from < ROWS; from += 1_000) {
    const items = Array.from({ length: 1_000 }, (_, at) => {
      const id = randomUUID().replaceAll('-', '');
      return { id, index: alias, document: toDocument(event(id, userId, day, from + at)) };
    });
    await search.bulkCreate(items);
  }
  await search.refresh(alias);
  await search.close();
  return `eg-events-u${userId}-*`;
}

/** @param {string} id @param {number} userId @param {number} day @param {number} no */
function event(id, userId, day, no) {
  const date = new Date(day);
  date.setUTCHours(0, 0, 0, 0);
  return {
    id,
    event: 'bounced',
    loggedAt: date.getTime() + no * 1_000,
    userId,
    domainId: 1,
    senderDomain: 'bench.example',
    messageId: randomUUID(),
    recipient: `jane${no}@inbox.example`,
    recipientType: 'to',
    method: 'api',
    from: 'Shop <shop@bench.example>',
    to: `"Smith, Jane" <jane${no}@inbox.example>`,
    subject: no % 10 === 0 ? '=1+1 your "order"' : 'Your order is on its way',
    tags: ['order'],
    envelopeSender: '',
    sendingIp: '',
    size: 2_000,
    queuedAt: null,
    delivery: {
      code: 550,
      enhancedCode: '5.1.1',
      message: 'no such user',
      description: '',
      mxHost: 'mx.inbox.example',
      mxIp: '',
      sessionSeconds: 1,
    },
    bounce: { type: 'hard', category: 'bad-mailbox' },
    reason: '',
    listId: null,
    subscriberId: null,
    journeyId: null,
    actionId: null,
    templateId: null,
  };
}
