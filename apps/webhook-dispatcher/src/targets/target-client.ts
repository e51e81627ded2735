import { Agent, request } from 'undici';
import { addressRules } from '#platform/net/address-rules';
import { checkedConnector } from './checked-connector.js';

/** What came of one request. */
export interface TargetReply {
  /** HTTP status, null when no reply came in time. */
  status: number | null;
  /** Why the attempt failed, without anything of the URL but its host; empty after 2xx. */
  error: string;
  /** The reply's `Retry-After`, as sent. */
  retryAfter: string | undefined;
  durationMs: number;
}

export interface TargetClient {
  /** Never rejects: an endpoint that can't be reached is a result. */
  post(
    url: string,
    message: { headers: Readonly<Record<string, string>>; body: string },
  ): Promise<TargetReply>;
  /** Closes idle connections at once and the others when their request has ended. */
  close(): Promise<void>;
}

/** Bytes read of a reply's body. Nothing in it matters, but a connection can be used again only after it was read. */
const REPLY_LIMIT_BYTES = 16_384;

/**
 * Connections stay open this long between two events of one endpoint. Short, because a server that closes its side
 * meanwhile costs an attempt, and because a connection keeps the address that was checked when it was opened.
 */
const KEEP_ALIVE = { keepAliveTimeout: 1_000, keepAliveMaxTimeout: 10_000 };

/**
 * HTTP client for customers' endpoints: checked addresses only, http and https, TLS verified against the host name,
 * redirects not followed, reply bounded, and one time-out over name resolution, connection, headers and body.
 */
export function createTargetClient(options: {
  allowedCidrs: readonly string[];
  dnsServers: readonly string[];
  timeoutMs: number;
}): TargetClient {
  const { timeoutMs } = options;
  const agent = new Agent({
    ...KEEP_ALIVE,
    connect: checkedConnector({
      rules: addressRules(options.allowedCidrs),
      dnsServers: options.dnsServers,
      connectTimeoutMs: timeoutMs,
    }),
    pipelining: 1,
    // The attempt's own timer bounds both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    async post(url, { headers, body }) {
      const started = performance.now();
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      let status: number | null = null;
      let retryAfter: string | undefined;
      let error = '';
      try {
        const target = parseTarget(url);
        const reply = await request(target.url, {
          dispatcher: agent,
          method: 'POST',
          headers: { ...headers, ...target.credentials },
          body,
          signal: deadline.signal,
        });
        status = reply.statusCode;
        retryAfter = single(reply.headers['retry-after']);
        error = describeStatus(status);
        // The status is the answer; a body that breaks off or never ends changes nothing about it.
        await reply.body.dump({ limit: REPLY_LIMIT_BYTES, signal: deadline.signal }).catch(() => undefined);
      } catch (cause) {
        error = deadline.signal.aborted ? `no reply within ${timeoutMs} ms` : describeError(cause);
      } finally {
        clearTimeout(timer);
      }
      return { status, error, retryAfter, durationMs: Math.round(performance.now() - started) };
    },
    close: () => agent.close(),
  };
}

/** Host of a URL for logs and records; a URL that can't be read is named as such. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'unreadable';
}

/** @throws {Error} when the URL is neither http nor https */
function parseTarget(text: string): { url: URL; credentials: Record<string, string> } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new Error('no http or https URL');
  if (!url.username && !url.password) return { url, credentials: {} };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, credentials: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

function describeStatus(status: number): string {
  if (status >= 200 && status < 300) return '';
  return status >= 300 && status < 400 ? `HTTP ${status}, redirects are not followed` : `HTTP ${status}`;
}

/** Node and undici throw several kinds of errors and some are empty but for their code, so shape decides, not class. */
function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, code, errors } = error as { message?: string; code?: string; errors?: unknown[] };
  if (errors && errors.length > 0) return describeError(errors[0]);
  return message || code || 'connection failed';
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
