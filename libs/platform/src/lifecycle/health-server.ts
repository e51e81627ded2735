import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metricsContentType, renderMetrics } from '../telemetry/metrics.js';
import { reasonOf } from '../telemetry/reason.js';
import type { Readiness } from './readiness.js';

/* Probes and scrapes are few and small; whoever opens more, or sends slowly, is no probe. */
const MOST_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 5_000;

interface Answer {
  status: number;
  type: string;
  body: string;
}

/** Serves GET /health/live, /health/ready and /metrics of one process. */
export class HealthServer {
  readonly #server: Server;

  constructor(
    private readonly address: { host: string; port: number },
    private readonly readiness: Readiness,
  ) {
    this.#server = createServer(
      {
        requestTimeout: REQUEST_TIMEOUT_MS,
        headersTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: REQUEST_TIMEOUT_MS,
      },
      (request, response) => {
        void this.#respond(request, response);
      },
    );
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** Rejects when the address cannot be had. Resolves to the port, which port 0 leaves to the system. */
  async start(): Promise<number> {
    const { host, port } = this.address;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      answer = json(500, { status: 'error', reason: reasonOf(error) });
    }
    response.writeHead(answer.status, {
      'content-type': answer.type,
      'content-length': Buffer.byteLength(answer.body),
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return json(405, { status: 'method not allowed' });
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    switch (path) {
      case '/health/live':
        return json(200, { status: 'live' });
      case '/health/ready': {
        const report = await this.readiness.report();
        return json(report.status === 'ready' ? 200 : 503, report);
      }
      case '/metrics':
        return { status: 200, type: metricsContentType, body: await renderMetrics() };
      default:
        return json(404, { status: 'not found' });
    }
  }
}

function json(status: number, body: object): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(body)}\n` };
}
