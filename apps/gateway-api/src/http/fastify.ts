import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { GatewayConfig } from '../config.js';
import { hardFailureReply } from './envelope.js';
import { HardFailure } from './hard-failure.js';
import type { Reply } from './reply.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Content type as the client sent it; Fastify itself never sees it. */
    sentContentType: string;
  }
}

export type EdgeSettings = Pick<GatewayConfig, 'bodyLimitBytes' | 'trustedProxies'>;

/** Receiving one request takes at most this long, body included; a client that sends slower holds a connection only. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Fastify as the edge needs it: bodies with every method, bytes handed over as they came (the content type decides
 * nothing here, a malformed one would end as 415 before any parser), and the contract's envelope for what fails before
 * routing.
 */
export function createHttpAdapter({ bodyLimitBytes, trustedProxies }: EdgeSettings): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    // Whose X-Forwarded-For says where a request came from.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What comes in on an open connection while the process stops is still answered: mail servers take a 503 for a verdict.
    return503OnClosing: false,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true },
    genReqId: () => randomUUID(),
    frameworkErrors: (_error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
      send(reply, hardFailureReply(HardFailure.unsupportedRequest('This URL')));
    },
    clientErrorHandler: answerBrokenHttp,
  });
  const fastify = adapter.getInstance();
  for (const method of ['GET', 'DELETE'])
    fastify.addHttpMethod(method, { hasBody: true, overrideExisting: true });
  fastify.removeAllContentTypeParsers();
  fastify.decorateRequest('sentContentType', '');
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.sentContentType = request.headers['content-type'] ?? '';
    delete request.headers['content-type'];
    done();
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  return adapter;
}

/** Writes a reply and the id under which the log knows the request. */
export function send(reply: FastifyReply, { status, contentType, headers = {}, text }: Reply): void {
  reply
    .status(status)
    .headers(headers)
    .header('content-type', contentType)
    .header('x-request-id', reply.request.id)
    .send(text);
}

/** Bytes that are no HTTP request, or one that never ended. There is no reply object yet, only the socket. */
function answerBrokenHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { text, contentType } = hardFailureReply(
    HardFailure.unsupportedRequest('This is no HTTP request and'),
  );
  const status = BROKEN_HTTP_STATUS[error.code ?? ''] ?? '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

const BROKEN_HTTP_STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
