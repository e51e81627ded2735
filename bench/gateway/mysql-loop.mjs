// @ts-check
// The reference of the send route with its database: mysql2 alone, 32 callers, each running the statements that the
// product runs for one mail, one after another on a connection of its own.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { serveParent, usage } from '../lib/child.mjs';

const target = JSON.parse(String(process.env['BENCH_MYSQL']));
const callers = Number(process.env['BENCH_CALLERS']);
/** @type {{ sql: string, params: unknown[] }[]} */
const statements = readFileSync(String(process.env['BENCH_STATEMENTS']), 'utf8')
  .trim()
  .split('\n')
  .map((line) =>
    JSON.parse(line, (_key, value) => {
      if (typeof value?.$bytes === 'string') return Buffer.from(value.$bytes, 'base64');
      return typeof value?.$date === 'string' ? new Date(value.$date) : value;
    }),
  );
const recordedId = /** @type {string} */ (process.env['BENCH_MESSAGE_ID']);

/**
 * A statement's values for another mail: the id of the message is new wherever it stands, in bytes too.
 * @param {unknown} value @param {string} id @returns {any}
 */
function renamed(value, id) {
  if (Array.isArray(value)) return value.map((member) => renamed(member, id));
  if (Buffer.isBuffer(value)) {
    const text = value.toString('latin1');
    return text.includes(recordedId) ? Buffer.from(text.replaceAll(recordedId, id), 'latin1') : value;
  }
  return typeof value === 'string' ? value.replaceAll(recordedId, id) : value;
}

const connections = await Promise.all(
  Array.from({ length: callers }, () =>
    createConnection({ ...target, charset: 'utf8mb4', timezone: 'Z', supportBigNumbers: true }),
  ),
);
for (const connection of connections)
  await connection.query("SET SESSION transaction_isolation = 'READ-COMMITTED', time_zone = '+00:00'");

/** @param {{ ms: number }} load */
async function run({ ms }) {
  const startedAt = performance.now();
  const until = startedAt + ms;
  let mails = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < until) {
        const id = randomUUID();
        for (const { sql, params } of statements) await connection.query(sql, renamed(params, id));
        mails += 1;
      }
    }),
  );
  return { perSecond: mails / ((performance.now() - startedAt) / 1000) };
}

serveParent('ready', { run, usage });
