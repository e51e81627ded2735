import { request as rawRequest } from 'node:http';
import type { Surface } from '../http/reply.js';
import type { TestGateway, TestReply } from '../http/testing/test-gateway.js';
import type { CredentialParameter, Given, GivenCredential } from './contract-case.js';
import { seedEndpoint } from './seed-contract.js';
import type { SeedEndpoint } from './seed/seed-endpoint.js';
import { isRecord } from './seed/shape.js';
import type { Side, World } from './world.js';

/** How the parameters are written into the request. */
export type Encoding =
  'json' | 'form' | 'multipart' | 'query' | 'json labelled as form' | 'json in any case' | 'get with a body';

const FORM = 'application/x-www-form-urlencoded';
type Parameters = Readonly<Record<string, unknown>>;

/** The owner's own credential, for the endpoint's kind. */
export function ownCredential({ credential }: SeedEndpoint, side: Side): GivenCredential {
  switch (credential) {
    case 'user':
      return { APIKey: side.owner.APIKey };
    case 'sender':
      return { SenderAPIKey: side.domain.senderKey };
    case 'admin':
      return { AdminAPIKey: side.gateway.adminKey };
    case 'anonymous':
      return {};
  }
}

/** Sends what a case gives to one surface of its endpoint. */
export function exchange(
  world: World,
  command: string,
  surface: Surface,
  given: Given,
  encoding?: Encoding,
): Promise<TestReply> {
  const endpoint = seedEndpoint(command);
  const side = given.side ?? world.main;
  const credential = given.credential ?? ownCredential(endpoint, side);
  const parameters = given.parameters ?? {};
  if (surface === 'legacy') {
    const all = { Command: command, ...credential, ...parameters };
    return sendAs(encoding ?? 'json', side.gateway, 'POST', '/api.php', all, {});
  }
  const { v1 } = endpoint;
  if (v1 === undefined) throw new Error(`${command} is not on v1`);
  const bearer = bearerOf(credential);
  const headers: Record<string, string> =
    bearer === undefined ? {} : { authorization: `Bearer ${asText(bearer)}` };
  const usual = v1.method === 'GET' ? 'query' : 'json';
  return sendAs(encoding ?? usual, side.gateway, v1.method, v1.path, parameters, headers);
}

function bearerOf(credential: GivenCredential): unknown {
  const [value] = Object.entries(credential)
    .filter(([name]) => isBearer(name as CredentialParameter))
    .map(([, secret]) => secret);
  return value;
}

const isBearer = (name: CredentialParameter) => name === 'SenderAPIKey' || name === 'AdminAPIKey';

function sendAs(
  encoding: Encoding,
  gateway: TestGateway,
  method: string,
  path: string,
  parameters: Parameters,
  headers: Record<string, string>,
): Promise<TestReply> {
  switch (encoding) {
    case 'json':
      return gateway.request(method, path, { json: parameters, headers });
    case 'json in any case':
      return gateway.request(method, path, { json: inAnyCase(parameters), headers });
    case 'json labelled as form':
      return gateway.request(method, path, {
        body: JSON.stringify(parameters),
        headers: { ...headers, 'content-type': FORM },
      });
    case 'form':
      return gateway.request(method, path, { body: new URLSearchParams(bracketPairs(parameters)), headers });
    case 'multipart': {
      const body = new FormData();
      for (const [name, value] of Object.entries(parameters)) body.set(name, asText(value));
      return gateway.request(method, path, { body, headers });
    }
    case 'query': {
      const query = new URLSearchParams(bracketPairs(parameters)).toString();
      const url = query === '' ? path : `${path}?${query}`;
      return gateway.request(path === '/api.php' ? 'GET' : method, url, { headers });
    }
    case 'get with a body':
      return getWithBody(gateway, path, JSON.stringify(parameters), headers);
  }
}

/** fetch refuses a body on GET, curl does not. */
function getWithBody(
  gateway: TestGateway,
  path: string,
  body: string,
  headers: Record<string, string>,
): Promise<TestReply> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body), 'content-type': FORM };
    const sent = rawRequest(
      gateway.api + path,
      { method: 'GET', headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const contentType = response.headers['content-type'] ?? '';
          const json = contentType.startsWith('application/json')
            ? (JSON.parse(text) as Record<string, unknown>)
            : {};
          resolve({
            status: response.statusCode ?? 0,
            contentType,
            headers: new Headers(response.headers as Record<string, string>),
            text,
            json,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** `Command` in the spelling of the older documents, every other name in capitals. */
function inAnyCase(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name.toUpperCase(),
      name === 'Command' ? String(value).replace(/(^|\.)[a-z]/g, (letter) => letter.toUpperCase()) : value,
    ]),
  );
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** The bracket notation of forms: `To[0][email]`. */
function bracketPairs(value: Parameters): [string, string][] {
  const pairs = (name: string, member: unknown): [string, string][] => {
    if (Array.isArray(member)) return member.flatMap((item, at) => pairs(`${name}[${at}]`, item));
    if (isRecord(member))
      return Object.entries(member).flatMap(([key, item]) => pairs(`${name}[${key}]`, item));
    return [[name, asText(member)]];
  };
  return Object.entries(value).flatMap(([name, member]) => pairs(name, member));
}
