// @ts-check
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { run } from './command.mjs';
import { StackError, logTail, spawnLogged } from './process.mjs';

/** @typedef {import('./engines.mjs').EngineSettings} EngineSettings */

/** Unix sockets have paths of at most 107 bytes. */
const SOCKET_LIMIT = 100;

/**
 * Start mysqld, initialising its data first when there is none.
 * @param {EngineSettings} settings
 */
export async function startMysql(settings) {
  const { engines, data, log, user } = settings;
  const folder = join(data, 'mysql');
  const stored = join(folder, 'data');
  const env = environment(settings);
  const mysqld = join(engines.mysql, 'bin/mysqld');
  if (!existsSync(stored)) {
    const fresh = join(folder, 'data.init');
    rmSync(fresh, { recursive: true, force: true });
    const args = [
      '--no-defaults',
      `--basedir=${engines.mysql}`,
      `--datadir=${fresh}`,
      '--initialize-insecure',
    ];
    const made = await run(mysqld, args, { env, user, cwd: folder });
    if (made.code !== 0) throw new StackError(`MySQL could not make its data folder: ${made.output.trim()}`);
    renameSync(fresh, stored);
  }
  const socket = socketPath(stored, settings.mysql.port);
  for (const stale of [socket, `${socket}.lock`, join(stored, 'my.pid')]) rmSync(stale, { force: true });
  const child = spawnLogged(mysqld, flags(settings, stored, socket), {
    log: join(log, 'mysql.log'),
    cwd: folder,
    env,
    user,
  });
  return { child, failure: () => `MySQL ended while it started:\n${logTail(join(log, 'mysql.log'))}` };
}

/** @param {EngineSettings} settings */
function environment({ engines, data }) {
  return {
    PATH: process.env['PATH'],
    HOME: join(data, 'mysql'),
    ...(engines.libraryPath ? { LD_LIBRARY_PATH: engines.libraryPath } : {}),
  };
}

/**
 * @param {string} stored
 * @param {number} port
 */
function socketPath(stored, port) {
  const path = join(stored, 'my.sock');
  return path.length <= SOCKET_LIMIT ? path : `/tmp/email-gateway-mysql-${port}.sock`;
}

/**
 * @param {EngineSettings} settings
 * @param {string} stored
 * @param {string} socket
 */
function flags(settings, stored, socket) {
  const { engines, mysql } = settings;
  const modes = [
    'STRICT_TRANS_TABLES',
    'NO_ZERO_IN_DATE',
    'NO_ZERO_DATE',
    'ERROR_FOR_DIVISION_BY_ZERO',
    'NO_ENGINE_SUBSTITUTION',
    'ONLY_FULL_GROUP_BY',
  ];
  return [
    '--no-defaults',
    `--basedir=${engines.mysql}`,
    `--datadir=${stored}`,
    `--port=${mysql.port}`,
    '--bind-address=127.0.0.1',
    `--socket=${socket}`,
    `--pid-file=${join(stored, 'my.pid')}`,
    '--mysqlx=0',
    `--init-file=${accounts(settings)}`,
    `--lc-messages-dir=${join(engines.mysql, 'share')}`,
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_0900_ai_ci',
    '--default-time-zone=+00:00',
    '--skip-name-resolve',
    `--sql-mode=${modes.join(',')}`,
    '--transaction-isolation=READ-COMMITTED',
    '--performance-schema=OFF',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=128M',
    '--innodb-log-file-size=64M',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-flush-method=O_DIRECT',
    '--innodb-lock-wait-timeout=10',
    `--max-connections=${mysql.maxConnections}`,
    '--table-open-cache=400',
    '--default-authentication-plugin=mysql_native_password',
  ];
}

/**
 * The statements that mysqld runs before it takes connections: our account, and no passwordless root.
 * @param {EngineSettings} settings
 */
function accounts({ data, mysql, user }) {
  const path = join(data, 'mysql', 'accounts.sql');
  const quote = (/** @type {string} */ text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  const password = quote(mysql.password);
  const account = `${quote(mysql.user)}@'%'`;
  mkdirSync(join(data, 'mysql'), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(
    path,
    [
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED WITH mysql_native_password BY ${password};`,
      `ALTER USER ${account} IDENTIFIED WITH mysql_native_password BY ${password};`,
      `GRANT ALL ON *.* TO ${account};`,
      `ALTER USER IF EXISTS 'root'@'localhost' IDENTIFIED WITH mysql_native_password BY ${password};`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  chmodSync(path, 0o600);
  if (user) chownSync(path, user.uid, user.gid);
  return path;
}

/**
 * Whether a MySQL server greets (its first packet says protocol 10).
 * @param {{ host: string, port: number }} address
 * @returns {Promise<boolean>}
 */
export function mysqlReady({ host, port }) {
  return new Promise((done) => {
    const socket = connect({ host, port });
    const end = (/** @type {boolean} */ ready) => {
      socket.destroy();
      done(ready);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', (chunk) => end(chunk[4] === 0x0a));
  });
}
