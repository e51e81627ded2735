import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { allEndpoints } from '../../app.module.js';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.js';

const COMMITTED = resolve(import.meta.dirname, '../../../../../docs/api/openapi.json');

describe('the description of the API', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  it('is served as it is committed, to anyone', async () => {
    const { status, contentType, json } = await gateway.request('GET', '/openapi.json');
    expect([status, contentType]).toEqual([200, 'application/json; charset=utf-8']);
    expect(json).toEqual(JSON.parse(readFileSync(COMMITTED, 'utf8')));
  });

  it('has an operation for each command and each v1 route', async () => {
    const { json } = await gateway.request('GET', '/openapi.json');
    const paths = json['paths'] as Record<string, Record<string, unknown>>;
    for (const { command } of allEndpoints) expect(paths[`/api.php#${command}`]).toHaveProperty('post');
    const routes = allEndpoints.flatMap(({ v1 }) => (v1 === undefined ? [] : [v1]));
    expect(routes).toHaveLength(7);
    for (const { method, path } of routes) expect(paths[path]).toHaveProperty(method.toLowerCase());
  });

  it('lists the codes that a command answers, and no other', async () => {
    const { json } = await gateway.request('GET', '/openapi.json');
    const paths = json['paths'] as Record<string, Record<string, unknown>>;
    const codes = JSON.stringify(paths['/api.php#emailgateway.addapi']).match(/"enum":\[[0-9,]+\]/g) ?? [];
    expect(new Set(codes)).toEqual(new Set(['"enum":[1,2,3,99998,99999]']));
  });

  it('is a page for people without scripts, with every command', async () => {
    const { status, contentType, text } = await gateway.request('GET', '/docs');
    expect([status, contentType]).toEqual([200, 'text/html; charset=utf-8']);
    for (const { command } of allEndpoints) expect(text).toContain(`<section id="${command}">`);
    expect(text).not.toMatch(/<script|src=|https?:\/\/(?!example|127)[a-z]+\.(?:cdn|unpkg|jsdelivr)/i);
  });
});
