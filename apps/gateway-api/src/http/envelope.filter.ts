import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Logger } from '#platform/telemetry/logger';
import { LOGGER } from '../tokens.js';
import { hardFailureReply } from './envelope.js';
import { send } from './fastify.js';
import { HardFailure } from './hard-failure.js';

/** Last stop of everything that fails outside the dispatcher: unknown paths and methods, oversized and broken bodies. */
@Catch()
export class EnvelopeFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.answer(error, host.switchToHttp().getResponse<FastifyReply>());
  }

  /** Answers a request that got no further. */
  answer(error: unknown, reply: FastifyReply): void {
    const { id: requestId, method, url } = reply.request;
    const failure = this.failureOf(error, method, url);
    const answer = hardFailureReply(failure);
    const { codes, status } = answer;
    if (status >= 500) this.log.error({ requestId, err: failure.cause ?? failure }, 'request.failed');
    this.log.info({ requestId, method, codes, status }, 'request.refused');
    send(reply, answer);
  }

  private failureOf(error: unknown, method: string, url: string): HardFailure {
    if (error instanceof HardFailure) return error;
    const status = statusOf(error);
    if (status === 404)
      return HardFailure.unsupportedRequest(`${method} ${url.split('?', 1)[0]?.slice(0, 200)}`);
    if (status >= 400 && status < 500)
      return HardFailure.unreadableBody('it does not have the announced form');
    return HardFailure.unexpected(error);
  }
}

/** Status that Nest or Fastify gave the error; 500 when neither did. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' ? status : 500;
}
