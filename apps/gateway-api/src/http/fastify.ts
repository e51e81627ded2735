import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { GatewayConfig } from '../config.js';
import { hardFailureReply } from './envelope.js';
import { HardFailure } from './hard-failure.js';
import type { Reply } from './reply.js';

export type EdgeSettings = Pick<GatewayConfig, 'bodyTimeoutMs' | 'trustedProxies'>;

/** Receiving the headers of a request takes at most this long. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How much longer than headers and body may take a request may take in all; a refused body may still be coming in. */
const REQUEST_MARGIN_MS = 10_000;
/** How often Node looks for requests that are too slow. */
const CHECK_EVERY_MS = 500;
/** How long a client may take to read what was wrong with its bytes. */
const LINGER_MS = 2_000;

/** Fastify as the edge needs it: bodies are left to the routes, and what fails before routing gets the contract's envelope. */
export function createHttpAdapter(settings: EdgeSettings): FastifyAdapter {
  const { trustedProxies, bodyTimeoutMs } = settings;
  const adapter = new FastifyAdapter({
    // Whose X-Forwarded-For says where a request came from.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    requestTimeout: HEADERS_TIMEOUT_MS + bodyTimeoutMs + REQUEST_MARGIN_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      // Node would refuse without a word what `refuseWithoutHost` refuses in the envelope.
      requireHostHeader: false,
    },
    forceCloseConnections: 'idle',
    // Requests that arrive on open connections while the process stops are answered: mail servers take a 503 for a denial that is
    // for good, and everybody else would have to send again.
    return503OnClosing: false,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true },
    genReqId: () => randomUUID(),
    frameworkErrors: (_error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
      send(reply, hardFailureReply(HardFailure.unsupportedRequest('This URL')));
    },
    clientErrorHandler: answerBrokenHttp,
  });
  const fastify = adapter.getInstance();
  // Each method may have a body, and Fastify reads none: a malformed content type would end as 415 before any route.
  for (const method of fastify.supportedMethods)
    fastify.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  fastify.addHook('onRequest', refuseWithoutHost);
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

/** RFC 9112, 3.2: HTTP/1.1 names the host, and a server answers 400 where it does not. */
function refuseWithoutHost({ raw }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (raw.headers.host !== undefined || raw.httpVersion !== '1.1') done();
  else send(reply, hardFailureReply(HardFailure.malformedHttp('HTTP/1.1 needs a Host header')));
}

const answered = new WeakSet<Socket>();

/** Bytes that are no HTTP request, or one that never ended. There is no reply object yet, only the socket. */
function answerBrokenHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  // What such a client sends further on is an error again and again.
  if (answered.has(socket)) return;
  answered.add(socket);
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { text, contentType, status } = hardFailureReply(brokenHttp(error.code));
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ].join('\r\n');
  socket.end(`${head}\r\n\r\n${text}`);
  // Closing at once would take the answer from a client that is still sending.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

const REASONS: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function brokenHttp(code: string | undefined): HardFailure {
  if (code === 'HPE_HEADER_OVERFLOW') return HardFailure.headersTooLarge();
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return HardFailure.requestTooSlow();
  return HardFailure.malformedHttp('it could not be parsed');
}
