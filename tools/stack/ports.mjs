// @ts-check
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';

/**
 * @typedef {object} PortUse
 * @property {string} name what will listen, for messages
 * @property {string} variable the setting that moves it
 * @property {number} port
 * @property {boolean} [udp] UDP is needed as well as TCP
 */

/**
 * Whether a loopback port can be listened on.
 * @param {number} port
 * @param {{ udp?: boolean, host?: string }} [options]
 * @returns {Promise<boolean>}
 */
export async function isFree(port, { udp = false, host = '127.0.0.1' } = {}) {
  const tcp = await new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(true)));
  });
  if (!tcp || !udp) return tcp;
  return new Promise((done) => {
    const socket = createSocket('udp4');
    socket.once('error', () => done(false));
    socket.bind(port, host, () => socket.close(() => done(true)));
  });
}

/**
 * Distinct free loopback ports, free for UDP too. Below the range that the system hands out for outgoing
 * connections, so that they're still free when they are used some seconds later.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  /** @type {Set<number>} */
  const found = new Set();
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt > 5000) throw new Error('no free ports between 12000 and 30000');
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    if (!found.has(port) && (await isFree(port, { udp: true }))) found.add(port);
  }
  return [...found];
}

/**
 * The process that listens on a TCP port, as far as we may see it.
 * @param {number} port
 * @returns {{ pid: number, name: string } | undefined}
 */
export function ownerOf(port) {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  /** @type {Set<string>} */
  const sockets = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6', '/proc/net/udp', '/proc/net/udp6']) {
    const listening = table.includes('tcp') ? '0A' : '07';
    for (const line of readOrEmpty(table).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(hex) && fields[3] === listening) sockets.add(`socket:[${fields[9]}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      for (const fd of readdirSync(`/proc/${entry}/fd`)) {
        if (sockets.has(linkOrEmpty(`/proc/${entry}/fd/${fd}`))) {
          return { pid: Number(entry), name: readOrEmpty(`/proc/${entry}/comm`).trim() };
        }
      }
    } catch {
      // Ended meanwhile, or somebody else's.
    }
  }
  return undefined;
}

/**
 * The first problem among the ports that we want, as one line with its remedy.
 * @param {PortUse[]} uses
 * @returns {Promise<string | undefined>}
 */
export async function portProblem(uses) {
  /** @type {Map<number, PortUse>} */
  const seen = new Map();
  for (const use of uses) {
    const twin = seen.get(use.port);
    if (twin) return `${use.variable} and ${twin.variable} both name port ${use.port}: change one`;
    seen.set(use.port, use);
  }
  const free = await Promise.all(uses.map((use) => isFree(use.port, use)));
  const taken = uses.find((_, index) => !free[index]);
  if (!taken) return undefined;
  const owner = ownerOf(taken.port);
  const by = owner ? ` by process ${owner.pid} (${owner.name})` : '';
  return `port ${taken.port} (${taken.name}) is already in use${by}: stop that, or set ${taken.variable} to another port`;
}

/** @param {string} path */
function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} path */
function linkOrEmpty(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
