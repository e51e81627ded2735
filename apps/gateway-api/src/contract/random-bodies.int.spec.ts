import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { allEndpoints } from '../app.module.js';
import type { Surface } from '../http/reply.js';
import type { TestReply } from '../http/testing/test-gateway.js';
import { validRequest } from './all-cases.js';
import type { Given } from './contract-case.js';
import { exchange } from './exchange.js';
import { storyOf } from './fixtures.js';
import { RandomSource } from './random/random-source.js';
import { randomGiven } from './random/random-request.js';
import { CONTRACT, seedEndpoint } from './seed-contract.js';
import { isRecord } from './seed/shape.js';
import { World } from './world.js';

/** The same seed sends the same requests: `EG_FUZZ_SEED=… npm test -- integration`. */
const SEED = Number(process.env['EG_FUZZ_SEED'] ?? randomInt(1, 2 ** 31));
/** Requests per thousand of the usual number. */
const TIMES = Number(process.env['EG_FUZZ_REQUESTS'] ?? 1);
/** JSON that is no object of parameters. */
const BODIES: readonly unknown[] = [null, true, 7, 'text', [], [{ Command: 'emailgateway.getdomains' }]];
const LONGEST_URL = 5000;
const MOST_LEVELS = 32;
const ANSWER_WITHIN_MS = 15_000;
/** A request that succeeds may have used up what the next one needs. */
const FRESH_EVERY = 5;

let world: World;
beforeAll(async () => {
  world = await World.start();
  const { gateway, owner, domain } = world.main;
  await gateway.index(storyOf(owner.UserID, domain));
});
afterAll(() => world.close());

const targets = CONTRACT.flatMap(({ command, v1 }) =>
  (v1 === undefined ? ['legacy'] : ['legacy', 'v1']).map((surface) => ({
    command,
    surface: surface as Surface,
  })),
);
const PER_TARGET = Math.ceil((1000 / targets.length) * TIMES);

/** Codes that have every right to write: a refused recipient is a fact of its own. */
const WRITE_ALTHOUGH_REFUSED = [8, 14, 17, 429];

/** Codes of a reply in the contract's envelope, empty for a success. @throws when it is no envelope */
function codesOf(reply: TestReply, surface: Surface): number[] {
  const { contentType, json, text, status } = reply;
  if (status === 200 && /^text\/(?:csv|plain|xml)\b/.test(contentType)) return [];
  if (contentType !== 'application/json; charset=utf-8') throw new Error(`content type ${contentType}`);
  if (surface === 'v1' && json['Success'] === undefined) {
    const { Errors } = json;
    if (Errors === undefined && status === 200) return [];
    if (Array.isArray(Errors) && Errors.length > 0 && status >= 400) return Errors.map(codeOf);
    throw new Error(`no envelope: ${text}`);
  }
  if (json['Success'] === true && json['ErrorCode'] === (surface === 'v1' ? json['ErrorCode'] : 0)) return [];
  const codes = [json['ErrorCode']].flat();
  if (json['Success'] === false && codes.length > 0 && codes.every((code) => typeof code === 'number'))
    return codes;
  throw new Error(`no envelope: ${text}`);
}

function codeOf(error: unknown): number {
  if (isRecord(error) && typeof error['Code'] === 'number' && typeof error['Message'] === 'string')
    return error['Code'];
  throw new Error(`no error of an envelope: ${JSON.stringify(error)}`);
}

function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf));
}

async function answered(reply: Promise<TestReply>): Promise<TestReply> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([reply, late]);
  } finally {
    clearTimeout(timer);
  }
}

let tables = '';
/** Changes with every row that is written anywhere. */
async function stateOfTables(): Promise<string> {
  const { database } = world.main.gateway;
  if (tables === '') {
    const rows = await database.query<{ name: string }>(
      'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
    );
    tables = rows
      .map(({ name }) => name)
      // Ids are handed out before a command is decided, and again after.
      .filter((name) => name !== 'sequences')
      .join(', ');
  }
  return JSON.stringify(await database.query(`CHECKSUM TABLE ${tables}`));
}

/** What is wrong with a reply; empty when it is as the contract has it. */
function judge(
  command: string,
  surface: Surface,
  given: Given,
  reply: TestReply,
): { codes: number[]; wrong: string } {
  const denied = command === 'inbound-relay-domain-check' && reply.status === 500 && reply.text === '{}';
  if (denied) return { codes: [0], wrong: '' };
  if (reply.status >= 500) return { codes: [], wrong: `HTTP ${reply.status}` };
  try {
    const codes = codesOf(reply, surface);
    const { codes: listed, v1 } = seedEndpoint(command);
    const known = new Set(listed.map(({ code }) => code));
    // Bounds of every request, before it has a command: of a URL, and of the levels of a body.
    const inUrl = surface === 'v1' && v1?.method === 'GET';
    if (inUrl && JSON.stringify(given.parameters ?? {}).length > LONGEST_URL) known.add(431);
    if (levelsOf([given.parameters, given.credential]) >= MOST_LEVELS) known.add(100000);
    const undocumented = codes.filter((code) => !known.has(code));
    return { codes, wrong: undocumented.length > 0 ? `undocumented codes ${undocumented.join()}` : '' };
  } catch (error) {
    return { codes: [], wrong: String(error) };
  }
}

const parametersOf = (command: string) =>
  Object.keys(allEndpoints.find((endpoint) => endpoint.command === command)?.input.properties ?? {});

describe(`random bodies (EG_FUZZ_SEED=${SEED})`, () => {
  it.each(targets)(
    `$command on $surface: ${PER_TARGET} requests answer in the contract's envelope, the refused ones write nothing`,
    async ({ command, surface }) => {
      const random = new RandomSource(SEED, `${command} ${surface}`);
      let valid: Given = {};
      for (let sent = 0; sent < PER_TARGET; sent += 1) {
        if (sent % FRESH_EVERY === 0) valid = await validRequest(command)(world);
        const isFirst = sent === 0;
        const given = isFirst ? valid : randomGiven(random, valid, parametersOf(command), sent);
        const before = await stateOfTables();
        const reply = await answered(exchange(world, command, surface, given));
        const { codes, wrong } = judge(command, surface, given, reply);
        const said = `request ${sent}: ${JSON.stringify(given).slice(0, 3000)} got ${reply.text.slice(0, 500)}`;
        expect([wrong, said]).toEqual(['', said]);
        // As it is, the request succeeds: what follows departs from a good one.
        expect([said, isFirst ? codes : []]).toEqual([said, []]);
        const mayWrite = codes.length === 0 || codes.some((code) => WRITE_ALTHOUGH_REFUSED.includes(code));
        const after = await stateOfTables();
        expect([said, mayWrite ? 'may write' : after]).toEqual([said, mayWrite ? 'may write' : before]);
      }
    },
    60_000 + 1000 * PER_TARGET,
  );

  it.each(BODIES.map((body) => [JSON.stringify(body).slice(0, 40), body]))(
    'a body that is %s is refused',
    async (_, body) => {
      for (const { command, surface } of targets) {
        const { v1 } = seedEndpoint(command);
        const { method, path } =
          surface === 'v1' && v1 !== undefined ? v1 : { method: 'POST', path: `/api.php?Command=${command}` };
        // fetch sends no body with GET.
        if (method === 'GET') continue;
        const reply = await answered(world.main.gateway.request(method, path, { json: body }));
        expect([command, reply.json]).toEqual([command, expect.objectContaining({ ErrorCode: 100000 })]);
      }
    },
  );
});
