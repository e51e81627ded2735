import { readRateLimits, type RateLimits } from '#domain/account/rate-limits';
import type { SqlValue } from '#platform/database/database';
import { OperatorError } from './operator-error.js';

/** The limits that accounts and groups have alike, as operators see them. */
export interface ShownLimits<Limit> {
  /** Recipients per day, calendar month and ever. 0 = unlimited. */
  readonly LimitEmailSendPerDay: Limit;
  readonly LimitEmailSendPerPeriod: Limit;
  readonly LimitEmailSendLifetime: Limit;
  /** null: none are set here. */
  readonly RateLimits: RateLimits | null;
}

interface GivenLimits {
  readonly limitDay?: number | null;
  readonly limitMonth?: number | null;
  readonly limitLifetime?: number | null;
  readonly rateLimits?: unknown;
}

/** The columns of the limits that were given. @throws OperatorError invalid */
export function limitColumns(given: GivenLimits): Record<string, SqlValue> {
  const { limitDay, limitMonth, limitLifetime } = given;
  return {
    ...(limitDay === undefined ? {} : { LimitEmailSendPerDay: limitDay }),
    ...(limitMonth === undefined ? {} : { LimitEmailSendPerPeriod: limitMonth }),
    ...(limitLifetime === undefined ? {} : { LimitEmailSendLifetime: limitLifetime }),
    ...('rateLimits' in given ? { RateLimits: rateLimitsJson(given.rateLimits) } : {}),
  };
}

function rateLimitsJson(value: unknown): string | null {
  const read = readRateLimits(value);
  if ('problem' in read) throw new OperatorError('invalid', `rateLimits: ${read.problem}`);
  return read.limits === undefined ? null : JSON.stringify(read.limits);
}
