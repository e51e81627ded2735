// @ts-check
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { PORTS, isEnginePort } from './config.mjs';
import { portProblem } from './ports.mjs';
import { StackError } from './process.mjs';

/** Room that a start needs, bytes: with and without fetching. */
const ROOM_FIRST = 1.5e9;
const ROOM = 3e8;

/**
 * What would make a start fail later on, told at once and in one line: disk and ports.
 * @param {import('./paths.mjs').Folders} places
 * @param {Record<string, number>} ports
 * @param {{ sandbox: boolean, externalEngines: boolean }} options
 */
export async function checkMachine(places, ports, { sandbox, externalEngines }) {
  mkdirSync(places.var, { recursive: true });
  const fetching = !externalEngines && !existsSync(join(places.archives, 'elasticsearch-9.2.4'));
  const needed = fetching ? ROOM_FIRST : ROOM;
  const { bavail, bsize } = statfsSync(places.var);
  const free = bavail * bsize;
  if (free < needed) {
    const room = `${(free / 1e6).toFixed(0)} MB free, ${needed / 1e6} MB needed`;
    throw new StackError(`the disk of ${places.var} is full: ${room}; free some, or move it with EG_VAR`);
  }
  const wanted = Object.entries(PORTS).filter(
    ([variable]) =>
      !(externalEngines && isEnginePort(variable)) && !(!sandbox && variable.startsWith('EG_SANDBOX_')),
  );
  const uses = wanted.map(([variable, [, name, udp]]) => ({
    variable,
    name,
    udp,
    port: Number(ports[variable]),
  }));
  const problem = await portProblem(uses);
  if (problem) throw new StackError(problem);
}
