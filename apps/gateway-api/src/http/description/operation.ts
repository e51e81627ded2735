import { HARD_FAILURES, type ApiError } from '#contracts/errors/catalogue';
import type { Endpoint } from '../endpoint.js';
import { errorsOn, rowsOf, v1StatusOf } from './errors-of.js';
import { inputSchema, jsonSchema, queryParameters } from './schemas.js';
import { SCHEMES } from './security.js';

export type JsonObject = Readonly<Record<string, unknown>>;

const JSON_TYPE = 'application/json';

/** An operation of `/api.php`: HTTP 200 with a success or a refusal, and the statuses of requests that reached no command. */
export function legacyOperation(endpoint: Endpoint, method: 'get' | 'post'): JsonObject {
  const { command, docs } = endpoint;
  const errors = errorsOn(endpoint, 'legacy');
  const refusals = errors.length === 0 ? [] : [legacyRefusal(errors)];
  return {
    operationId: method === 'post' ? command : `${command}.get`,
    tags: ['/api.php'],
    summary: docs.summary,
    description: describe(endpoint, errors, 'legacy'),
    security: SCHEMES[endpoint.credential].map((scheme) => ({ [scheme]: [] })),
    ...(method === 'get'
      ? {
          parameters: [
            { name: 'Command', in: 'query', required: true, schema: { const: command, type: 'string' } },
            ...queryParameters(endpoint),
          ],
        }
      : { requestBody: body(endpoint, command) }),
    responses: {
      '200': {
        description: 'The command was run, or refused by it.',
        content: {
          [JSON_TYPE]: {
            schema: { anyOf: [...legacySuccess(endpoint), ...refusals] },
            ...(typeof docs.example.reply === 'string' ? {} : { example: docs.example.reply }),
          },
          'text/xml': { schema: { type: 'string' } },
          ...rawContent(docs.rawTypes, docs.example.reply),
        },
      },
      ...failures(),
    },
  };
}

/** An operation of `/api/v1`: the status tells success from refusal. */
export function v1Operation(endpoint: Endpoint): JsonObject {
  const { command, docs, v1 } = endpoint;
  const errors = errorsOn(endpoint, 'v1');
  const example = docs.example.v1Reply ?? docs.example.reply;
  const scheme = endpoint.credential === 'anonymous' ? [] : [{ Bearer: [] }];
  const takesQuery = v1?.method === 'GET';
  return {
    operationId: `v1.${command}`,
    tags: ['/api/v1'],
    summary: docs.summary,
    description: describe(endpoint, errors, 'v1'),
    security: scheme,
    ...(takesQuery ? { parameters: queryParameters(endpoint) } : { requestBody: body(endpoint) }),
    responses: {
      '200': {
        description: 'Done.',
        ...(endpoint.rateLimited ? { headers: RATE_HEADERS } : {}),
        content: {
          [JSON_TYPE]: {
            schema: anyOf([...v1Success(endpoint), ...v1RefusalsWith200(endpoint, errors)]),
            ...(typeof example === 'string' ? {} : { example }),
          },
          'text/xml': { schema: { type: 'string' } },
          ...rawContent(docs.rawTypes, example),
        },
      },
      ...v1Refusals(endpoint, errors),
    },
  };
}

const anyOf = (schemas: readonly unknown[]) => (schemas.length === 1 ? schemas[0] : { anyOf: schemas });

function body(endpoint: Endpoint, command?: string): JsonObject {
  const schema = inputSchema(endpoint, command);
  const { request } = endpoint.docs.example;
  const example = command === undefined ? request : { Command: command, ...request };
  return {
    required: command !== undefined || endpoint.required.length > 0,
    content: {
      [JSON_TYPE]: { schema, example },
      'application/x-www-form-urlencoded': { schema },
    },
  };
}

/** None when every success is text. */
function legacySuccess({ output }: Endpoint): JsonObject[] {
  if (output === undefined) return [];
  const { properties = {}, required = [], ...rest } = jsonSchema(output);
  return [
    {
      ...rest,
      type: 'object',
      required: ['Success', 'ErrorCode', ...required],
      properties: { Success: { const: true }, ErrorCode: { const: 0 }, ...properties },
    },
  ];
}

function v1Success({ output, v1Output = output }: Endpoint): JsonObject[] {
  return v1Output === undefined ? [] : [{ ...jsonSchema(v1Output) }];
}

/** Codes as the command can answer them: one, or those of missing parameters in a list. */
function legacyRefusal(errors: readonly ApiError[]): JsonObject {
  const code = { type: 'integer', enum: codesOf(errors) };
  return {
    type: 'object',
    required: ['Success', 'ErrorCode', 'ErrorText'],
    properties: {
      Success: { const: false },
      ErrorCode: { anyOf: [code, { type: 'array', minItems: 1, items: code }] },
      ErrorText: {
        anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { type: 'string' } }],
      },
      ErrorMessage: { type: 'string' },
    },
  };
}

const errorsBody = (errors: readonly ApiError[]): JsonObject => ({
  type: 'object',
  required: ['Errors'],
  properties: {
    Errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['Code', 'Message'],
        properties: { Code: { type: 'integer', enum: codesOf(errors) }, Message: { type: 'string' } },
      },
    },
  },
});

/**
 * Refusals by status, each with the codes that have it; where requests fail before the command with the same status, with
 * those as well. Bodies of an endpoint's own are only said to be objects.
 */
function v1Refusals(endpoint: Endpoint, errors: readonly ApiError[]): JsonObject {
  const byStatus = Map.groupBy(errors, (error) => v1StatusOf(endpoint, error));
  byStatus.delete(200);
  const refusals = [...byStatus].map(([status, own]): [string, JsonObject] => {
    const all = [...own, ...Object.values(HARD_FAILURES).filter((failure) => failure.status === status)];
    const isSpecial = own.some((error) => endpoint.refusal?.([error], 'v1') !== undefined);
    return [
      String(status),
      {
        description: all.map(({ code, text }) => `- ${code}: ${text}`).join('\n'),
        ...(status === 429 ? { headers: { 'Retry-After': RETRY_AFTER, ...RATE_HEADERS } } : {}),
        content: {
          [JSON_TYPE]: { schema: isSpecial ? { type: 'object' } : errorsBody(all) },
          'text/xml': { schema: { type: 'string' } },
        },
      },
    ];
  });
  return { ...failures(), ...Object.fromEntries(refusals) };
}

const v1RefusalsWith200 = (endpoint: Endpoint, errors: readonly ApiError[]): JsonObject[] =>
  errors.some((error) => v1StatusOf(endpoint, error) === 200) ? [legacyRefusal(errors)] : [];

function failures(): Record<string, JsonObject> {
  const statuses = [...new Set(Object.values(HARD_FAILURES).map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => [String(status), { $ref: `#/components/responses/Failure${status}` }]),
  );
}

function rawContent(types: readonly string[] = [], example: unknown): JsonObject {
  return Object.fromEntries(
    types.map((type) => [
      type,
      { schema: { type: 'string' }, ...(typeof example === 'string' ? { example } : {}) },
    ]),
  );
}

const codesOf = (errors: readonly ApiError[]): number[] => [...new Set(errors.map(({ code }) => code))];

function describe(endpoint: Endpoint, errors: readonly ApiError[], surface: 'legacy' | 'v1'): string {
  const { docs, privilege } = endpoint;
  const table = errors.length === 0 ? [] : ['', ...rowsOf(errors, surface, endpoint)];
  return [
    ...(docs.description === undefined ? [] : [docs.description, '']),
    ...(privilege === undefined ? [] : [`Privilege: \`${privilege}\`.`]),
    ...table,
  ].join('\n');
}

const RETRY_AFTER = { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } };
const RATE_HEADERS = {
  'X-RateLimit-Limit': { description: 'Requests of one window of 60 s.', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'Requests left in it.', schema: { type: 'integer' } },
  'X-RateLimit-Reset': { description: 'Its end, in unix seconds.', schema: { type: 'integer' } },
};
