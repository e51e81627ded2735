import { Inject, Injectable } from '@nestjs/common';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { Compile } from 'typebox/compile';
import {
  createGroupBody,
  createUserBody,
  setDomainStatusBody,
  updateGroupBody,
  updateUserBody,
} from '#contracts/http/operator';
import { isTransient } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import { Groups } from '../accounts/groups.js';
import { OperatorError } from '../accounts/operator-error.js';
import { Users } from '../accounts/users.js';
import { Authentication, bearer } from '../http/authentication.js';
import { LOGGER } from '../tokens.js';
import { OperatorDomains } from './domains.js';

/**
 * The operators' endpoints, on a port of their own so that a firewall can tell them from the API. Every request carries
 * the installation's admin key as Bearer; replies are JSON, errors `{error: {code, message}}`.
 */
@Injectable()
export class OperatorServer {
  private server: FastifyInstance | undefined;

  constructor(
    private readonly authentication: Authentication,
    private readonly users: Users,
    private readonly groups: Groups,
    private readonly domains: OperatorDomains,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Listens and returns the port. Rejects when the address cannot be used. */
  async listen({ host, port }: { host: string; port: number }): Promise<number> {
    const server = this.build();
    this.server = server;
    return Number(new URL(await server.listen({ host, port })).port);
  }

  async close(): Promise<void> {
    await this.server?.close();
  }

  private build(): FastifyInstance {
    const server = fastify({
      bodyLimit: 65_536,
      forceCloseConnections: 'idle',
      genReqId: () => randomUUID(),
    });
    server.addHook('onRequest', async (request) => this.authorize(request));
    server.addHook('onResponse', async (request, reply) => this.record(request, reply));
    server.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
    server.setNotFoundHandler((request) => {
      throw new OperatorError('not-found', `There is no ${request.method} ${request.url.split('?', 1)[0]}`);
    });
    this.routeAccounts(server);
    this.routeDomains(server);
    return server;
  }

  private routeAccounts(server: FastifyInstance): void {
    const { users, groups } = this;
    server.get('/groups', () => groups.list());
    server.post('/groups', async ({ body }, reply) => {
      reply.status(201);
      return groups.create(readBody(createGroup, body));
    });
    server.patch<{ Params: { name: string } }>('/groups/:name', ({ params, body }) =>
      groups.update(params.name, readBody(updateGroup, body)),
    );
    server.get('/users', () => users.list());
    server.post('/users', async ({ body }, reply) => {
      reply.status(201);
      return users.create(readBody(createUser, body));
    });
    server.get<{ Params: { id: string } }>('/users/:id', ({ params }) =>
      users.withId(readId(params.id, 'user')),
    );
    server.patch<{ Params: { id: string } }>('/users/:id', ({ params, body }) =>
      users.update(readId(params.id, 'user'), readBody(updateUser, body)),
    );
    server.delete<{ Params: { id: string } }>('/users/:id', ({ params }) =>
      users.delete(readId(params.id, 'user')),
    );
  }

  private routeDomains(server: FastifyInstance): void {
    const { domains } = this;
    server.get('/domains', () => domains.list());
    server.get<{ Params: { domain: string } }>('/domains/:domain', ({ params }) =>
      domains.withId(readId(params.domain, 'domain')),
    );
    server.put<{ Params: { domain: string } }>('/domains/:domain/status', ({ params, body }) =>
      domains.setStatus(readId(params.domain, 'domain'), readBody(setDomainStatus, body).status),
    );
    server.get<{ Params: { domain: string } }>('/domains/:domain/dns-records', async ({ params }) => ({
      records: await domains.wantedRecords(params.domain),
    }));
  }

  private authorize({ headers }: FastifyRequest): void {
    const { authorization } = headers;
    if (authorization === undefined || !this.authentication.isAdminKey(bearer(authorization))) {
      throw new OperatorError('unauthorized', 'The admin key is missing or wrong (Authorization: Bearer)');
    }
  }

  private refuse(error: unknown, { id: requestId }: FastifyRequest, reply: FastifyReply): void {
    const { status, code, message } = asAnswer(error);
    if (status >= 500) this.log.error({ requestId, err: error }, 'operator-request.failed');
    reply.status(status).send({ error: { code, message } });
  }

  private record({ id: requestId, method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    const facts = { requestId, method, route: routeOptions.url, status: reply.statusCode, durationMs };
    this.log.info(facts, 'operator-request.handled');
  }
}

const createGroup = Compile(createGroupBody);
const updateGroup = Compile(updateGroupBody);
const createUser = Compile(createUserBody);
const updateUser = Compile(updateUserBody);
const setDomainStatus = Compile(setDomainStatusBody);

interface BodyValidator<T> {
  Check(value: unknown): value is T;
  Errors(
    value: unknown,
  ): readonly { instancePath: string; message: string; keyword: string; params: object }[];
}

/** @throws OperatorError that names the member and what is wrong with it, never its value */
function readBody<T>(validator: BodyValidator<T>, body: unknown): T {
  if (validator.Check(body)) return body;
  const reasons = validator.Errors(body).map(({ instancePath, message, params }) => {
    const members = Object.values(params)
      .flat()
      .filter((value) => typeof value === 'string');
    return `${instancePath.slice(1) || 'the body'} ${message}${instancePath === '' ? ` (${members.join(', ')})` : ''}`;
  });
  throw new OperatorError(
    'invalid',
    reasons.length === 0 ? 'the body is not as documented' : reasons.join('; '),
  );
}

function readId(text: string, what: string): number {
  if (!/^[1-9][0-9]{0,9}$/.test(text))
    throw new OperatorError('not-found', `There is no ${what} ${text.slice(0, 100)}`);
  return Number(text);
}

function asAnswer(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof OperatorError) return error;
  const status: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return {
      status: 400,
      code: 'invalid',
      message: 'The request could not be read: send a JSON object of at most 64 kB',
    };
  }
  if (isTransient(error))
    return { status: 503, code: 'unavailable', message: 'MySQL is not available, try again later' };
  return { status: 500, code: 'unexpected', message: 'An unexpected error occurred, see the log' };
}
