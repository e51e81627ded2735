// @ts-check
// mta-ingest as it is built and as the stack starts it, on a database of its own.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { APPS, inCheckout, NODE_FLAGS } from '../../tools/stack/apps.mjs';
import { projectNode } from '../../tools/stack/install.mjs';
import { load } from '../gateway/dist.mjs';
import { startMeasured } from './measured.mjs';

const app = APPS.find(({ name }) => name === 'mta-ingest');
if (!app) throw new Error('there is no mta-ingest');
const entry = inCheckout(app.entry);

/**
 * @param {object} options
 * @param {{ host: string, port: number, user: string, password: string }} options.mysql
 * @param {string[]} options.brokers
 * @param {string} options.keyHex EG_REFERENCE_KEY
 */
export async function prepareProduct({ mysql, brokers, keyHex }) {
  const database = `bench_${randomBytes(4).toString('hex')}`;
  const { migrate } = await load('apps/gateway-api/src/schema/migrations.js');
  const { contractMigrations } = await load('libs/contracts/src/schema/migrations.js');
  await migrate({ ...mysql, database }, contractMigrations);
  const connection = await createConnection({ ...mysql, database });
  const env = {
    NODE_ENV: 'production',
    EG_MYSQL_HOST: mysql.host,
    EG_MYSQL_PORT: String(mysql.port),
    EG_MYSQL_USER: mysql.user,
    EG_MYSQL_PASSWORD: mysql.password,
    EG_MYSQL_DATABASE: database,
    EG_KAFKA_BROKERS: brokers.join(','),
    EG_REFERENCE_KEY: keyHex,
    EG_HEALTH_PORT: '0',
  };
  return {
    /** Starts on a folder that it has never seen. @param {string} folder */
    async start(folder) {
      await connection.query('DELETE FROM ingest_checkpoints');
      return startMeasured(projectNode(), [...NODE_FLAGS, entry], {
        env: { ...env, EG_ACCOUNTING_DIR: folder },
      });
    },

    /**
     * Waits until the file's checkpoint is at its end.
     * @param {number} bytes of the file
     * @param {AbortSignal} givenUp
     * @throws when rows were set aside
     */
    async recorded(bytes, givenUp) {
      for (;;) {
        const [rows] = await connection.query('SELECT offset, bad_count AS bad FROM ingest_checkpoints');
        const [checkpoint] = /** @type {{ offset: number, bad: number }[]} */ (rows);
        if (checkpoint && checkpoint.bad > 0) throw new Error(`${checkpoint.bad} rows were set aside`);
        if (Number(checkpoint?.offset) === bytes) return;
        await delay(20, undefined, { signal: givenUp });
      }
    },

    async close() {
      await connection.query(`DROP DATABASE ${database}`);
      await connection.end();
    },
  };
}
