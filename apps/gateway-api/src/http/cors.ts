import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Headers of replies that a web page may read besides the ones that it always may. */
const EXPOSED_HEADERS = [
  'Content-Disposition',
  'Retry-After',
  'X-Octeth-Export-Limit',
  'X-Octeth-Export-Total',
  'X-Octeth-Export-Truncated',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-Id',
];
/** How long a browser may remember what is allowed. */
const MAX_AGE_S = 600;

/**
 * Lets web pages of these origins call the API from a browser. Without origins no CORS header is ever sent and `OPTIONS` is
 * a method like any other that is not supported. Credentials of the browser (cookies) are never used.
 */
export function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  app.enableCors({
    // `false` also leaves the preflight of a strange origin to the ordinary answer for OPTIONS.
    origin: (origin: string | undefined, decide: (error: Error | null, origin: string | false) => void) =>
      decide(null, origin !== undefined && allowed.has(origin) ? origin : false),
    methods: ['GET', 'POST', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_S,
    strictPreflight: false,
  });
}
