import { validateHeaderName, validateHeaderValue } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';

import type { Behaviour, Hooks } from './hooks.js';

const MAX_BODY_BYTES = 1_048_576;
const MAX_DELAY_MS = 3_600_000;

class BadInput extends Error {
  readonly statusCode = 400;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonBody(body: unknown): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  } catch {
    throw new BadInput('the body is not JSON');
  }
  if (!isObject(parsed)) throw new BadInput('the body is not a JSON object');
  return parsed;
}

function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new BadInput(`${name} is a whole number from ${min} to ${max}`);
}

function responseHeaders(value: unknown): Record<string, string> {
  if (!isObject(value)) throw new BadInput('headers is an object');
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => {
      try {
        validateHeaderName(name);
        validateHeaderValue(name, String(content));
      } catch {
        throw new BadInput(`headers: ${JSON.stringify(name)} is no header, or its value is none`);
      }
      return [name, String(content)];
    }),
  );
}

/**
 * Reads `{"status", "times", "delayMs", "headers"}`, each optional.
 *
 * @throws BadInput that names the field that is wrong.
 */
export function behaviourOf(input: Record<string, unknown>): Behaviour {
  const { status = 200, times, delayMs = 0, headers = {} } = input;
  return {
    status: integer('status', status, 200, 599),
    times:
      times === undefined || times === null ? undefined : integer('times', times, 0, Number.MAX_SAFE_INTEGER),
    delayMs: integer('delayMs', delayMs, 0, MAX_DELAY_MS),
    headers: responseHeaders(headers),
  };
}

/** The wait ends early when the other side leaves or the server closes. */
async function answer(reply: FastifyReply, behaviour: Behaviour): Promise<FastifyReply> {
  if (behaviour.delayMs > 0) {
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    await wait(behaviour.delayMs, undefined, { signal: left.signal }).catch(() => undefined);
  }
  return reply.code(behaviour.status).headers(behaviour.headers).send({ status: behaviour.status });
}

/** `POST|GET|DELETE /hook/:name`, `PUT /hook/:name/behaviour`, `PUT /hook/:name/key`. */
export function receiverServer(hooks: Hooks, log: Logger): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, bodyLimit: MAX_BODY_BYTES });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post<{ Params: { name: string } }>('/hook/:name', (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { method, url, headers } = request;
    const { name } = request.params;
    const behaviour = hooks.receive(name, { method, path: url, headers: { ...headers } }, body);
    log.info({ hook: name, bytes: body.length, status: behaviour.status }, 'hook.received');
    return answer(reply, behaviour);
  });

  app.get<{ Params: { name: string } }>('/hook/:name', (request) => hooks.list(request.params.name));

  app.delete<{ Params: { name: string } }>('/hook/:name', (request) => ({
    forgotten: hooks.forget(request.params.name),
  }));

  app.put<{ Params: { name: string } }>('/hook/:name/behaviour', (request) => {
    const behaviour = behaviourOf(jsonBody(request.body));
    hooks.setBehaviour(request.params.name, behaviour);
    return behaviour;
  });

  app.put<{ Params: { name: string } }>('/hook/:name/key', (request) => {
    const { key } = jsonBody(request.body);
    if (typeof key !== 'string' || key === '') throw new BadInput('key is a text that is not empty');
    hooks.setKey(request.params.name, key);
    return { key };
  });

  return app;
}
