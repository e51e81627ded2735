import { expect } from '@jest/globals';
import type { TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Endpoint } from '../http/endpoint.js';
import type { Surface } from '../http/reply.js';
import type { TestReply } from '../http/testing/test-gateway.js';
import type { ContractCase } from './contract-case.js';
import { differences } from './schema-shape.js';
import type { SeedEndpoint } from './seed/seed-endpoint.js';
import { deviations } from './seed/shape.js';

export const JSON_TYPE = 'application/json; charset=utf-8';
/** Keys that a legacy refusal may have besides `Success`, `ErrorCode` and `ErrorText`. */
const MORE_KEYS: Readonly<Record<string, readonly string[]>> = {
  'emailgateway.addwebhook': ['ErrorMessage'],
  'emailgateway.smtprelay': ['SMTPResponse'],
};

/** A refusal in the form of its surface, with exactly these codes. */
export function expectRefusal(
  endpoint: SeedEndpoint,
  surface: Surface,
  reply: TestReply,
  answers: number | readonly number[],
): void {
  const codes = [answers].flat();
  const { v1Status, legacyBody } = endpoint.codes.find(({ code }) => code === codes[0]) ?? {};
  const { json, status, contentType } = reply;
  expect(contentType).toBe(JSON_TYPE);
  if (surface === 'v1' && legacyBody === undefined) {
    expect(json).toEqual({
      Errors: codes.map((Code) => ({ Code, Message: expect.stringMatching(/./) })),
    });
    expect(status).toBe(v1Status);
    return;
  }
  expect(json).toMatchObject({ Success: false, ErrorCode: answers });
  // The text has the form of the code: one for one, a list for a list.
  expect(json['ErrorText']).toEqual(
    Array.isArray(answers) ? codes.map(() => expect.stringMatching(/./)) : expect.stringMatching(/./),
  );
  const allowed = ['Success', 'ErrorCode', 'ErrorText', ...(MORE_KEYS[endpoint.command] ?? [])];
  expect(Object.keys(json).filter((key) => !allowed.includes(key))).toEqual([]);
  expect(status).toBe(surface === 'v1' ? v1Status : 200);
}

/** A success in the form of its surface: the seed's names and types, the endpoint's schema, the documented example. */
export function expectSuccess(
  seed: SeedEndpoint,
  endpoint: Endpoint | undefined,
  surface: Surface,
  reply: TestReply,
  like?: ContractCase['like'],
): void {
  const { status, json, contentType, text } = reply;
  if (contentType === JSON_TYPE) {
    if (surface === 'legacy') expect(json).toMatchObject({ Success: true, ErrorCode: 0 });
    // On v1 the two endpoints of mail servers have the key, those of senders do not.
    else expect([text, json['Success']]).toEqual([text, seed.credential === 'admin' ? true : undefined]);
  }
  expect(status).toBe(200);
  if (seed.reply === 'text') {
    expect(contentType).toMatch(/^text\//);
    return;
  }
  expect(contentType).toBe(JSON_TYPE);
  expect(deviations(like ?? seed.reply, json)).toEqual([]);
  if (endpoint !== undefined) expect(documentedDifferences(endpoint, surface, json)).toEqual([]);
}

/** What of a reply, or of an example, is not as the endpoint's schema and example have it. */
export function documentedDifferences(
  endpoint: Endpoint,
  surface: Surface,
  body: Readonly<Record<string, unknown>>,
): string[] {
  const schema = outputOf(endpoint, surface);
  if (schema === undefined) return ['the endpoint has no output schema'];
  const { reply, v1Reply } = endpoint.docs?.example ?? {};
  const example = surface === 'v1' ? v1Reply : reply;
  if (typeof example !== 'object') return ['the endpoint has no example of a reply'];
  const own = withoutEnvelope(body, schema);
  return [
    ...Compile(schema)
      .Errors(own)
      .map(({ instancePath, message }) => `schema: ${instancePath} ${message}`),
    ...differences(schema, withoutEnvelope(example, schema), own),
  ];
}

export function outputOf({ output, v1Output }: Endpoint, surface: Surface): TObject | undefined {
  return surface === 'v1' ? (v1Output ?? output) : output;
}

/** `Success` and `ErrorCode` are the surface's, unless the schema has them. */
function withoutEnvelope(body: Readonly<Record<string, unknown>>, schema: TObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([key]) => !['Success', 'ErrorCode'].includes(key) || Object.hasOwn(schema.properties, key),
    ),
  );
}
