import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DatabaseError } from '#platform/database/database';
import { ProducerError } from '#platform/kafka/client';
import type { Component } from '#platform/lifecycle/process';
import type { Logger } from '#platform/telemetry/logger';
import { ingestMetrics } from '../ingest-metrics.js';
import type { Batches } from '../publish/batches.js';
import type { Publisher } from '../publish/publisher.js';
import { packingOf } from '../tail/byte-source.js';
import type { Counters } from '../tail/checkpoints.js';
import { isAuthorized } from './authorization.js';
import type { Credentials } from './authorization.js';
import { MOST_RECORDS, rowsOf, TooManyRecords, UnreadableBody } from './body.js';

export interface ReceiverOptions extends Credentials {
  host: string;
  /** 0 leaves it to the system. */
  port: number;
  batches: Batches;
  /** A publisher for one request: what it could not publish is forgotten with it, the sender has it still. */
  newPublisher: () => Publisher;
  log: Logger;
}

/** Of a body, before and after decompression. PowerMTA posts at most 10 MB, Postmastery 1 MB. */
export const MOST_BYTES = 16 * 1024 * 1024;
/** Requests that are worked on at a time; the others are asked to come again. */
export const MOST_REQUESTS = 4;
const MOST_CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

const refusal = (status: number, error: string, headers: Record<string, string> = {}): Answer => ({
  status,
  body: { error },
  headers,
});
const later = (seconds: number, error: string): Answer =>
  refusal(503, error, { 'retry-after': String(seconds) });
const TOO_LARGE = refusal(413, `a body has at most ${MOST_BYTES} bytes`, { connection: 'close' });
const TOO_MANY = refusal(413, `a JSON array has at most ${MOST_RECORDS} records`);

/**
 * Takes accounting rows over HTTP: `POST /accounting`. 200 means that Kafka has every event and MySQL every bad row; after any other
 * answer, or none, the same body may be posted again, because its events have the same ids.
 */
export class AccountingReceiver implements Component {
  readonly name = 'accounting-http';
  private readonly server: Server;
  private readonly working = new Set<Promise<void>>();
  /** Those whose body is not here yet. */
  private readonly arriving = new Set<IncomingMessage>();

  constructor(private readonly options: ReceiverOptions) {
    this.server = createServer(
      { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => {
        const work = this.respond(request, response).finally(() => this.working.delete(work));
        this.working.add(work);
      },
    );
    this.server.maxConnections = MOST_CONNECTIONS;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    const { host, port, log } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    log.info({ host, port: this.port }, 'accounting.listening');
  }

  /** Finishes the requests that are here; whoever still sends has to send again. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeIdleConnections();
    for (const request of this.arriving) request.destroy();
    await Promise.all(this.working);
    this.server.closeAllConnections();
    await closed;
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, headers } = await this.answer(request);
    ingestMetrics.requests.inc({ status: String(status) });
    const text = `${JSON.stringify(body)}\n`;
    const length = Buffer.byteLength(text);
    response.writeHead(status, {
      ...{ 'content-type': 'application/json; charset=utf-8', 'content-length': length },
      ...headers,
    });
    response.end(text);
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    if ((request.url ?? '').replace(/\?.*$/s, '') !== '/accounting')
      return refusal(404, 'post to /accounting');
    if (request.method !== 'POST') return refusal(405, 'post to /accounting', { allow: 'POST' });
    if (!isAuthorized(request.headers.authorization, this.options))
      return refusal(401, 'no or wrong credentials', { 'www-authenticate': 'Basic realm="accounting"' });
    if (this.working.size >= MOST_REQUESTS) return later(1, 'too many requests at once');
    try {
      this.arriving.add(request);
      const body = await readAll(request).finally(() => this.arriving.delete(request));
      return body ? await this.ingest(body) : TOO_LARGE;
    } catch (error) {
      return this.failure(error);
    }
  }

  private async ingest(body: Buffer): Promise<Answer> {
    const startedAt = performance.now();
    const unpacked = await unpack(body);
    if (!unpacked) return TOO_LARGE;
    const rows = rowsOf(unpacked);
    const publisher = this.options.newPublisher();
    for (let isFull = true; isFull;) {
      const batch = await this.options.batches.begin();
      isFull = rows.fill(batch);
      if (batch.hasFindings) await publisher.publish(batch);
      else batch.release();
      // Neither the files nor the health checks wait for the whole body.
      await nextTurn();
    }
    const counters: Counters = { ...rows.counters };
    const durationMs = Math.round(performance.now() - startedAt);
    this.options.log.info({ ...counters, bytes: body.length, durationMs }, 'accounting.received');
    return { status: 200, body: counters };
  }

  private failure(error: unknown): Answer {
    if (error instanceof UnreadableBody) return refusal(400, error.message);
    if (error instanceof TooManyRecords) return TOO_MANY;
    if (error instanceof Disconnected) return refusal(400, error.message);
    this.options.log.error({ err: error }, 'accounting.not-received');
    const isAway =
      error instanceof DatabaseError
        ? error.facts.transient
        : error instanceof ProducerError && error.retriable;
    return isAway
      ? later(5, 'not all of it could be published; post it again')
      : refusal(500, 'the request failed');
  }
}

class Disconnected extends Error {
  override readonly name = 'Disconnected';
}

/** @returns undefined when it is too long @throws Disconnected */
async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return undefined;
  const parts: Buffer[] = [];
  let length = 0;
  // Not for-await: leaving that loop destroys the connection, and with it the answer.
  return new Promise((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length > MOST_BYTES) resolve(undefined);
      else parts.push(part);
    });
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('error', reject);
    request.once('close', () => reject(new Disconnected('the sender went away')));
  });
}

/** Gzip is seen by its first bytes, however the sender declares it. @returns undefined when it is too long */
async function unpack(body: Buffer): Promise<Buffer | undefined> {
  if (packingOf(body) !== 'gzip') return body;
  try {
    return await promisify(gunzip)(body, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw new UnreadableBody('the compressed body cannot be decompressed');
  }
}
