import { Inject, Injectable } from '@nestjs/common';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { isTransient } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import { Groups } from '../accounts/groups.js';
import { OperatorError } from '../accounts/operator-error.js';
import { UserDeletion } from '../accounts/user-deletion.js';
import { Users } from '../accounts/users.js';
import { Authentication, bearer } from '../http/authentication.js';
import { LOGGER } from '../tokens.js';
import { routeGroups, routeUsers } from './account-routes.js';
import { routeDomains } from './domain-routes.js';
import { OperatorDomains } from './domains.js';
import { routeMailContext } from './mail-context-routes.js';
import { MailContext } from './mail-context.js';
import { routeSuppressions } from './suppression-routes.js';
import { Suppressions } from './suppressions.js';

/** Room for a template in HTML and text; only holders of the admin key get as far as sending a body. */
const BODY_LIMIT_MIB = 24;

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
    private readonly userDeletion: UserDeletion,
    private readonly groups: Groups,
    private readonly domains: OperatorDomains,
    private readonly suppressions: Suppressions,
    private readonly mailContext: MailContext,
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
      bodyLimit: BODY_LIMIT_MIB * 1_048_576,
      forceCloseConnections: 'idle',
      genReqId: () => randomUUID(),
    });
    server.addHook('onRequest', async (request) => this.authorize(request));
    server.addHook('onResponse', async (request, reply) => this.record(request, reply));
    server.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
    server.setNotFoundHandler((request) => {
      throw new OperatorError('not-found', `There is no ${request.method} ${request.url.split('?', 1)[0]}`);
    });
    routeUsers(server, this.users, this.userDeletion);
    routeGroups(server, this.groups);
    routeDomains(server, this.domains);
    routeSuppressions(server, this.suppressions);
    routeMailContext(server, this.mailContext);
    return server;
  }

  private authorize({ headers }: FastifyRequest): void {
    const key = bearer(headers.authorization ?? '');
    if (key === undefined || !this.authentication.isAdminKey(key)) {
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

function asAnswer(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof OperatorError) return error;
  const status: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return {
      status: 400,
      code: 'invalid',
      message: `The request could not be read: send a JSON object of at most ${BODY_LIMIT_MIB} MiB`,
    };
  }
  if (isTransient(error))
    return { status: 503, code: 'unavailable', message: 'MySQL is not available, try again later' };
  return { status: 500, code: 'unexpected', message: 'An unexpected error occurred, see the log' };
}
