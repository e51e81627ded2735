// @ts-check
// The reference of the export: the same CSV written by hand over node:http, pages of 1,000 by sort values.
import { Agent, createServer, request } from 'node:http';
import { serveParent, usage } from '../lib/child.mjs';

const agent = new Agent({ keepAlive: true });
const { hostname, port } = new URL(String(process.env['EG_ELASTICSEARCH_URL']));
const index = String(process.env['BENCH_INDEX']);
const userId = Number(process.env['BENCH_USER']);
const FIELDS = [
  'logged-at',
  'event',
  'message-id',
  'message.headers',
  'message.to-domain',
  'delivery-status.code',
];

/** @param {unknown[] | undefined} after @returns {Promise<any>} */
function page(after) {
  const body = JSON.stringify({
    size: 1000,
    query: { bool: { filter: [{ term: { 'user-id': userId } }] } },
    sort: [{ 'logged-at': 'desc' }, { id: 'desc' }],
    track_total_hits: true,
    _source: FIELDS,
    ...(after === undefined ? {} : { search_after: after }),
  });
  return new Promise((done, fail) => {
    const sent = request(
      {
        agent,
        hostname,
        port,
        method: 'POST',
        path: `/${encodeURIComponent(index)}/_search`,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        /** @type {Buffer[]} */
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => done(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
      },
    );
    sent.on('error', fail);
    sent.end(body);
  });
}

const cell = (/** @type {string | number | undefined} */ value) => {
  let text = String(value ?? '');
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const server = createServer((_request, response) => void write(response));

/** @param {import('node:http').ServerResponse} response */
async function write(response) {
  response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' });
  response.write('\uFEFFTime,Event,MessageID,From,To,Subject,Domain,SMTPCode\n');
  /** @type {unknown[] | undefined} */
  let after;
  for (let rows = 0; rows < 10_000;) {
    const { hits } = (await page(after)).hits;
    if (hits.length === 0) break;
    let text = '';
    for (const { _source: event } of hits) {
      const { headers, 'to-domain': domain } = event.message;
      text += `${event['logged-at'].slice(0, 19)}Z,${event.event},${event['message-id']},${cell(headers.from)},${cell(headers.to)},${cell(headers.subject)},${cell(domain)},${cell(event['delivery-status']?.code)}\n`;
    }
    rows += hits.length;
    after = hits.at(-1).sort;
    if (!response.write(text)) await new Promise((done) => response.once('drain', done));
  }
  response.end();
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  serveParent(
    { port: address.port },
    {
      usage,
      settle: () => {
        globalThis.gc?.();
        return usage();
      },
    },
  );
});
