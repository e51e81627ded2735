import { Inject, Injectable } from '@nestjs/common';
import { TOO_MANY_REQUESTS, type ApiError } from '#contracts/errors/catalogue';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { GatewayConfig } from '../../config.js';
import { CONFIG, SECRET_BOX } from '../../tokens.js';
import type { Endpoint } from '../endpoint.js';
import { networkOf } from './network.js';
import { RequestLimiter } from './request-limiter.js';
import { WINDOW_MS } from './windows-table.js';

/**
 * Buckets per route for requests without a valid credential. However many addresses somebody has, they fill these and no
 * more; two networks meet in one by chance only, and then share the attempts of those who have no key.
 */
const ADDRESS_BUCKETS = 16_384;

/** What the limit says of one request. */
export interface Admission {
  readonly headers: Readonly<Record<string, string>>;
  /** Why the request goes no further; absent when it may. */
  readonly refused?: ApiError;
}

/** A request as the limit sees it. */
export interface Applicant {
  readonly endpoint: Endpoint;
  /** Holder of the credential; absent when it is missing or wrong. */
  readonly holder: string | undefined;
  readonly address: string;
}

/** The limit of requests on v1: so many per minute for each route and credential. */
@Injectable()
export class RateLimit {
  constructor(
    private readonly limiter: RequestLimiter,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'rateLimitPerMinute'>,
  ) {}

  async admit({ endpoint: { v1: route, rateLimited }, holder, address }: Applicant): Promise<Admission> {
    if (route === undefined || !rateLimited || this.config.rateLimitPerMinute === 0) return { headers: {} };
    const bucket = `${route.method} ${route.path} ${holder ?? this.addressBucket(address)}`;
    const { allowed, limit, remaining, resetAt, retryAfterS } = await this.limiter.take(bucket);
    const headers = {
      'x-ratelimit-limit': `${limit}`,
      'x-ratelimit-remaining': `${remaining}`,
      'x-ratelimit-reset': `${resetAt}`,
    };
    if (allowed) return { headers };
    const wait = retryAfterS ?? 1;
    const text = `${TOO_MANY_REQUESTS.text}. Try again in ${wait} ${wait === 1 ? 'second' : 'seconds'}; ${limit} requests are allowed per ${WINDOW_MS / 1000} seconds.`;
    return { headers, refused: { ...TOO_MANY_REQUESTS, text, retryAfterS: wait } };
  }

  /** Keyed, so that nobody can choose an address that falls into the bucket of another. */
  private addressBucket(address: string): string {
    return `address ${this.secrets.lookup(networkOf(address)).readUInt32BE() % ADDRESS_BUCKETS}`;
  }
}
