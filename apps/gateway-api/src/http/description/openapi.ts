import { HARD_FAILURES } from '#contracts/errors/catalogue';
import type { Endpoint } from '../endpoint.js';
import { SECURITY_SCHEMES } from './security.js';
import { legacyOperation, v1Operation, type JsonObject } from './operation.js';

/** Version of the API that the document describes: the contract's, not the product's. */
const API_VERSION = '5.9.1';

/** Commands that the contract documents with GET as well, because browsers and scripts open them as links. */
const ALSO_BY_GET: ReadonlySet<string> = new Set([
  'emailgateway.exportevents',
  'emailgateway.listrecipientdomains',
]);

/**
 * The OpenAPI 3.1 document of both surfaces, made of the registry alone. `/api.php` serves every command at one path, which
 * OpenAPI cannot tell apart; each command therefore has a path of its own with the command after `#`. A fragment is never
 * sent, so tools that fill in a path call the right URL.
 */
export function openApiDocument(endpoints: readonly Endpoint[]): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    const { command, v1 } = endpoint;
    paths[`/api.php#${command}`] = {
      post: legacyOperation(endpoint, 'post'),
      ...(ALSO_BY_GET.has(command) ? { get: legacyOperation(endpoint, 'get') } : {}),
    };
    if (v1 !== undefined) (paths[v1.path] ??= {})[v1.method.toLowerCase()] = v1Operation(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Email Gateway API', version: API_VERSION, description: INTRODUCTION },
    servers: [{ url: '/' }],
    tags: [
      { name: '/api/v1', description: 'REST endpoints. The HTTP status tells success from failure.' },
      { name: '/api.php', description: 'Commands. Whatever a command answers has HTTP status 200.' },
    ],
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, responses: { ...hardFailures() } },
  };
}

const INTRODUCTION = [
  'Commands at `/api.php` take their parameters from a JSON, form or multipart body and from the query, the body first. Names of',
  'commands and parameters match in any letter case. A body is sent without `Content-Encoding`.',
  '',
  '`ResponseFormat=XML` (exactly so) answers XML: root `response`, an element per member, list members as `node_0`, `node_1`, scalars in',
  'CDATA. A key that is no XML name, such as a host that starts with a digit, is in an attribute: `<item name="1a.example.com">`.',
  '',
  'A required parameter that is missing, `null` or blank is told with all others that are missing: `ErrorCode` and `ErrorText` are',
  'lists then. Every later error comes alone, as a number and a text.',
].join('\n');

/** Replies to requests that never reached a command, the same on both surfaces. */
function hardFailures(): JsonObject {
  const statuses = new Map<number, string[]>();
  for (const { status, code, text } of Object.values(HARD_FAILURES))
    statuses.set(status, [...(statuses.get(status) ?? []), `- ${code}: ${text}`]);
  return Object.fromEntries(
    [...statuses].map(([status, lines]) => [
      `Failure${status}`,
      {
        description: ['The request did not reach a command.', '', ...lines].join('\n'),
        content: {
          'application/json': { schema: HARD_FAILURE_BODY },
          'text/xml': { schema: { type: 'string' } },
        },
      },
    ]),
  );
}

const HARD_FAILURE_BODY = {
  type: 'object',
  required: ['Success', 'ErrorCode', 'ErrorText', 'Errors'],
  properties: {
    Success: { const: false },
    ErrorCode: { type: 'integer' },
    ErrorText: { type: 'string' },
    Errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['Code', 'Message'],
        properties: { Code: { type: 'integer' }, Message: { type: 'string' } },
      },
    },
  },
};
