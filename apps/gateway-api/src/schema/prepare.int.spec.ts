import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { contractMigrations } from '#contracts/schema/migrations';
import { EVENT_TEMPLATE_NAME } from '#contracts/search/event-index';
import { ALL_TOPICS } from '#contracts/topics';
import { MysqlDatabase } from '#platform/database/database';
import { describeTopics } from '#platform/kafka/admin';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { createLogger } from '#platform/telemetry/logger';
import { testMysqlServer } from '#platform/testing/test-database';
import { kafkaFromEnv } from '#platform/testing/test-kafka';
import { elasticsearchRequest, elasticsearchUrl } from '#platform/testing/test-search';
import { readPrepareConfig } from '../config.js';
import { migrate, MigrationFailed } from './migrations.js';
import { prepare } from './prepare.js';

const server = testMysqlServer();
const names: string[] = [];
let root: MysqlDatabase;

beforeAll(() => {
  root = new MysqlDatabase({ ...server, database: '', poolSize: 1 });
});
afterAll(async () => {
  for (const name of names) await root.execute(`DROP DATABASE IF EXISTS ${name}`);
  await root.close();
});

function freshName(): string {
  const name = `eg_t_${randomBytes(6).toString('hex')}`;
  names.push(name);
  return name;
}
const tablesOf = async (name: string) => {
  const rows = await root.query<{ name: string }>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME',
    [name],
  );
  return rows.map((row) => row.name);
};
const all = [...contractMigrations, ...plumbingMigrations];
const one = (name: string, timestamp: number, ...up: string[]) => ({ name, timestamp, up });
const quiet = createLogger('test', 'silent');

describe('migrations', () => {
  it('create the database and every table once, in the order of their timestamps', async () => {
    const database = freshName();
    expect(await migrate({ ...server, database }, all)).toEqual([
      'CreatePlumbing1764000000000',
      ...contractMigrations.map(({ name, timestamp }) => `${name}${timestamp}`),
    ]);
    const tables = await tablesOf(database);
    expect(tables).toEqual(
      expect.arrayContaining(['events', 'outbox', 'leases', 'eg_messages', 'eg_send_queue', 'oempro_users']),
    );
    expect(await migrate({ ...server, database }, all)).toEqual([]);
    expect(await tablesOf(database)).toEqual(tables);
  });

  it('apply what is new, also when it is older than what was applied', async () => {
    const database = freshName();
    const first = one('First', 1_700_000_000_002, 'CREATE TABLE b (id INT)');
    await migrate({ ...server, database }, [first]);
    const late = one('Late', 1_700_000_000_001, 'CREATE TABLE a (id INT)', 'INSERT INTO a VALUES (1)');
    expect(await migrate({ ...server, database }, [first, late])).toEqual(['Late1700000000001']);
    expect(await tablesOf(database)).toEqual(['a', 'b', 'migrations']);
  });

  it('are safe when two processes run them at once', async () => {
    const database = freshName();
    const applied = await Promise.all([
      migrate({ ...server, database }, all),
      migrate({ ...server, database }, all),
    ]);
    expect(applied.map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([0, all.length]);
  });

  it('say which statement failed and do not record the migration', async () => {
    const database = freshName();
    const broken = one('Broken', 1_700_000_000_001, 'CREATE TABLE a (id INT)', 'CREATE TABLE nonsense');
    const failure = await migrate({ ...server, database }, [broken]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MigrationFailed);
    expect(failure).toMatchObject({ message: 'migration Broken1700000000001: statement 2 of 2 failed' });
    const rows = await root.query(`SELECT * FROM ${database}.migrations`);
    expect(rows).toEqual([]);
  });

  it('refuse two migrations with one timestamp, and a name that is none', async () => {
    const pair = [one('A', 1_700_000_000_001, 'SELECT 1'), one('B', 1_700_000_000_001, 'SELECT 1')];
    await expect(migrate({ ...server, database: freshName() }, pair)).rejects.toThrow('one timestamp');
    await expect(migrate({ ...server, database: 'a`; DROP' }, [])).rejects.toThrow('no name for a database');
  });
});

describe('prepare', () => {
  const config = (database: string, overrides: NodeJS.ProcessEnv = {}) =>
    readPrepareConfig({
      EG_MYSQL_HOST: server.host,
      EG_MYSQL_PORT: String(server.port),
      EG_MYSQL_USER: server.user,
      EG_MYSQL_PASSWORD: server.password,
      EG_MYSQL_DATABASE: database,
      EG_KAFKA_BROKERS: process.env['EG_TEST_KAFKA'] ?? '',
      EG_ELASTICSEARCH_URL: elasticsearchUrl(),
      ...overrides,
    });

  it('brings all three engines to what the processes need, and may be repeated', async () => {
    const database = freshName();
    await prepare(config(database), quiet);
    await prepare(config(database), quiet);
    expect(await tablesOf(database)).toContain('eg_messages');
    const topics = await describeTopics(
      kafkaFromEnv(),
      ALL_TOPICS.map(({ name }) => name),
    );
    expect(
      topics.map(({ topic, partitions, retentionMs }) => [topic, partitions.length, retentionMs]),
    ).toEqual(ALL_TOPICS.map(({ name, partitions, retentionMs }) => [name, partitions, retentionMs]));
    const template = await elasticsearchRequest('GET', `/_index_template/${EVENT_TEMPLATE_NAME}`);
    expect(template).toMatchObject({ index_templates: [{ name: EVENT_TEMPLATE_NAME }] });
  });

  it('gives up at once when waiting cannot help', async () => {
    const lines: string[] = [];
    const log = createLogger('test', 'info', { write: (line: string) => void lines.push(line) });
    const broken = [one('Broken', 1_700_000_000_001, 'CREATE TABLE nonsense')];
    await expect(prepare(config(freshName()), log, broken)).rejects.toThrow('mysql could not be prepared');
    expect(lines).toEqual([]);
  });

  it('waits for an engine that is coming up', async () => {
    const database = freshName();
    // Nobody listens there yet.
    const { createServer, connect } = await import('node:net');
    const gate = createServer((socket) => {
      const upstream = connect({ host: server.host, port: server.port });
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    const address = gate.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => gate.close(resolve));
    const waiting: string[] = [];
    const log = createLogger('test', 'info', {
      write: (line: string) => {
        waiting.push(line);
        if (line.includes('step.waiting')) gate.listen(port, '127.0.0.1');
      },
    });
    await prepare(config(database, { EG_MYSQL_HOST: '127.0.0.1', EG_MYSQL_PORT: String(port) }), log);
    expect(waiting.join('')).toContain('step.waiting');
    expect(await tablesOf(database)).toContain('eg_messages');
    await new Promise((resolve) => gate.close(resolve));
  });
});
