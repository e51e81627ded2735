import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BodyReader } from './body/body-reader.js';
import { Dispatcher, type ApiRequest } from './dispatcher.js';
import { EnvelopeFilter } from './envelope.filter.js';
import { send } from './fastify.js';
import { HardFailure } from './hard-failure.js';
import { EndpointRegistry } from './registry.js';
import type { Reply } from './reply.js';

type Dispatch = (request: ApiRequest) => Promise<Reply>;

/**
 * The two surfaces of the API, on Fastify's own router: the way through Nest's, and through Fastify's content type parsers,
 * costs more than all that is done for a request before MySQL (docs/performance.md). Everything about a request that is not
 * HTTP is the dispatcher's.
 */
@Injectable()
export class ApiRoutes {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly registry: EndpointRegistry,
    private readonly bodies: BodyReader,
    private readonly filter: EnvelopeFilter,
  ) {}

  register(fastify: FastifyInstance): void {
    const legacy: Dispatch = (request) => this.dispatcher.legacy(request);
    fastify.all('/api.php', (request, reply) => {
      const { method } = request;
      if (method === 'POST' || method === 'GET') void this.answer(request, reply, legacy);
      else this.filter.answer(HardFailure.unsupportedRequest(`Method ${method}`), reply);
    });
    fastify.all('/api/v1/*', (request, reply) => {
      const [path = ''] = request.url.split('?', 1);
      const endpoint = this.registry.route(request.method, path);
      if (endpoint === undefined) {
        const what = `${request.method} ${path.slice(0, 200)}`;
        this.filter.answer(HardFailure.unsupportedRequest(what), reply);
      } else void this.answer(request, reply, (given) => this.dispatcher.v1(endpoint, given));
    });
  }

  /** Never rejects. */
  private async answer(request: FastifyRequest, reply: FastifyReply, dispatch: Dispatch): Promise<void> {
    try {
      const { id, url, headers, ip: address } = request;
      const contentType = headers['content-type'] ?? '';
      const body = await this.bodies.read(request.raw, reply.raw, contentType);
      const mark = url.indexOf('?');
      const query = mark < 0 ? '' : url.slice(mark + 1);
      const { authorization } = headers;
      send(reply, await dispatch({ id, address, authorization, query, contentType, body }));
    } catch (error) {
      this.filter.answer(error, reply);
    }
  }
}
