import { All, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Dispatcher, type ApiRequest } from './dispatcher.js';
import { receivedBody, send } from './fastify.js';
import { HardFailure } from './hard-failure.js';
import { EndpointRegistry } from './registry.js';

/** The two surfaces of the API. Everything about a request that is not HTTP is the dispatcher's. */
@Controller()
export class ApiController {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly registry: EndpointRegistry,
  ) {}

  @All('api.php')
  async legacy(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (request.method !== 'POST' && request.method !== 'GET') {
      throw HardFailure.unsupportedRequest(`Method ${request.method}`);
    }
    send(reply, await this.dispatcher.legacy(apiRequest(request)));
  }

  @All('api/v1/*')
  async v1(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const [path = ''] = (request.raw.url ?? '').split('?', 1);
    const endpoint = this.registry.route(request.method, path);
    if (endpoint === undefined)
      throw HardFailure.unsupportedRequest(`${request.method} ${path.slice(0, 200)}`);
    send(reply, await this.dispatcher.v1(endpoint, apiRequest(request)));
  }
}

function apiRequest(request: FastifyRequest): ApiRequest {
  const url = request.raw.url ?? '';
  const mark = url.indexOf('?');
  return {
    id: request.id,
    address: request.ip,
    authorization: request.headers.authorization,
    query: mark < 0 ? '' : url.slice(mark + 1),
    contentType: request.sentContentType,
    body: receivedBody(request),
  };
}
