import { describe, expect, it } from '@jest/globals';
import { ERRORS, type ApiError } from '#contracts/errors/catalogue';
import { allEndpoints } from '../app.module.js';
import type { Surface } from '../http/reply.js';
import { CASES } from './all-cases.js';
import { documentedDifferences, outputOf } from './expectations.js';
import { undescribed } from './schema-shape.js';
import { CONTRACT, SEED, seedEndpoint } from './seed-contract.js';
import { deviations } from './seed/shape.js';

const surfacesOf = (v1: unknown): readonly Surface[] => (v1 === undefined ? ['legacy'] : ['legacy', 'v1']);

describe('the contract', () => {
  it('has 34 endpoints, each once', () => {
    expect(SEED).toHaveLength(34);
    expect(new Set(SEED.map(({ command }) => command)).size).toBe(34);
    expect(new Set(SEED.map(({ heading }) => heading)).size).toBe(34);
  });
  it('is what the gateway serves: no command less, and none more that nobody described', () => {
    const served = allEndpoints.map(({ command }) => command);
    expect([...served].sort()).toEqual(CONTRACT.map(({ command }) => command).sort());
  });
  it.each(CONTRACT.map(({ command }) => command))('%s is served as it says', (command) => {
    const { v1, credential, privilege, required } = seedEndpoint(command);
    const endpoint = allEndpoints.find((candidate) => candidate.command === command);
    expect(endpoint).toMatchObject({ credential });
    expect([endpoint?.v1, endpoint?.privilege]).toEqual([v1, privilege]);
    // Further ones may be checked by the handler; what the table says is checked there, in this order.
    const checked = endpoint?.required.map(([parameter, { code }]) => [parameter, code]) ?? [];
    expect(checked.filter(([name]) => required.some(([parameter]) => parameter === name))).toEqual(checked);
  });
});

describe('the catalogue of errors', () => {
  const listed: Readonly<Record<string, Readonly<Record<string, ApiError>>>> = ERRORS;
  it.each(CONTRACT.map(({ command }) => command))(
    'has no code of %s that the contract has not',
    (command) => {
      const known = new Set(seedEndpoint(command).codes.map(({ code }) => code));
      const codes = Object.values(listed[command] ?? {}).map(({ code }) => code);
      expect(codes.filter((code) => !known.has(code))).toEqual([]);
    },
  );
  it('has no command that the contract has not', () => {
    expect(Object.keys(listed).filter((name) => !CONTRACT.some(({ command }) => command === name))).toEqual(
      [],
    );
  });
});

describe('the cases', () => {
  const covered = (command: string, code: number | 'success') =>
    CASES.filter((one) => one.endpoint === command && one.code === code);

  it('are of endpoints and codes that exist', () => {
    const unknown = CASES.filter(
      ({ endpoint, code }) =>
        code !== 'success' && !seedEndpoint(endpoint).codes.some((known) => known.code === code),
    );
    expect(unknown.map(({ endpoint, code, name }) => `${endpoint} ${code}: ${name}`)).toEqual([]);
  });
  it('have names of their own', () => {
    const names = CASES.map(({ endpoint, code, name }) => `${endpoint} ${code}: ${name}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
  it.each(CONTRACT.map(({ command }) => command))('leave out no code of %s', (command) => {
    const { codes, v1 } = seedEndpoint(command);
    for (const surface of surfacesOf(v1)) {
      const on = (code: number | 'success') =>
        covered(command, code).filter(({ surfaces }) => surfaces?.includes(surface) ?? true);
      expect([surface, 'success', on('success').length > 0]).toEqual([surface, 'success', true]);
    }
    const missing = codes.filter(
      ({ code, unreachable }) => unreachable === undefined && covered(command, code).length === 0,
    );
    expect(missing).toEqual([]);
    const needless = codes.filter(
      ({ code, unreachable }) => unreachable !== undefined && covered(command, code).length > 0,
    );
    expect(needless).toEqual([]);
  });
});

describe('the description', () => {
  const endpoints = allEndpoints.map((endpoint) => [endpoint.command, endpoint] as const);

  it.each(endpoints)('%s: summary, examples and schemas', (command, endpoint) => {
    const { heading, v1, reply } = seedEndpoint(command);
    expect(endpoint.docs?.summary).toBe(heading);
    for (const surface of surfacesOf(v1)) {
      const example = endpoint.docs?.example[surface === 'v1' ? 'v1Reply' : 'reply'];
      expect([surface, example]).toEqual([surface, expect.anything()]);
      if (typeof example !== 'object') continue;
      expect([surface, deviations(reply === 'text' ? {} : reply, example)]).toEqual([surface, []]);
      expect([surface, documentedDifferences(endpoint, surface, example)]).toEqual([surface, []]);
      expect(undescribed(outputOf(endpoint, surface) ?? {})).toEqual([]);
    }
    const { reply: legacy } = endpoint.docs?.example ?? {};
    expect(typeof legacy === 'object' ? legacy : { Success: true, ErrorCode: 0 }).toMatchObject({
      Success: true,
      ErrorCode: 0,
    });
  });
  it.each(endpoints)('%s: parameters are described, and the example request has no other', (_, endpoint) => {
    expect(undescribed(endpoint.input)).toEqual([]);
    const names = Object.keys(endpoint.docs?.example.request ?? {});
    expect(names.filter((name) => !Object.hasOwn(endpoint.input.properties, name))).toEqual([]);
    for (const [name] of endpoint.required) expect(names).toContain(name);
  });
});
