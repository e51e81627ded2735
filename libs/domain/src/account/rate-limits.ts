/** Spans of time that a rate limit can be set for, shortest first. */
export const RATE_PERIODS = ['Minute', 'Hour', 'Day', 'Week', 'Month', 'Year'] as const;
export type RatePeriod = (typeof RATE_PERIODS)[number];

/** Most recipients per period; -1 = any number, as is a period that is not named. */
export type PeriodLimits = { readonly [P in RatePeriod]?: number };

/** As stored and shown. A user's replaces that of the group as a whole. */
export interface RateLimits {
  readonly EmailGateway: PeriodLimits;
}

export const UNLIMITED = -1;
const MOST = 4_294_967_295;
const INTEGER = /^(?:-1|0|[1-9][0-9]{0,9})$/;

/**
 * Reads rate limits as an operator writes them: `{"EmailGateway": {"Minute": 60, "Day": "1000"}}`, integers as numbers or
 * digits, -1 = unlimited. `null`, `{}`, `{"EmailGateway": {}}` and an empty text set none (`undefined`): what stands
 * above the account applies. Anything else is refused with the reason, so that a typing error never lifts a limit.
 */
export function readRateLimits(
  value: unknown,
): { readonly limits: RateLimits | undefined } | { readonly problem: string } {
  if (value === null || value === undefined || value === '') return { limits: undefined };
  if (!isRecord(value)) return { problem: 'rate limits are an object, {"EmailGateway": {"Minute": 60}}' };
  const stranger = Object.keys(value).find((name) => name !== 'EmailGateway');
  if (stranger !== undefined)
    return { problem: `${shown(stranger)} is no part of rate limits: only EmailGateway is` };
  const periods = value['EmailGateway'] ?? {};
  if (!isRecord(periods)) return { problem: 'EmailGateway holds an object of periods, {"Minute": 60}' };
  const limits: { [P in RatePeriod]?: number } = {};
  for (const [name, limit] of Object.entries(periods)) {
    const period = RATE_PERIODS.find((known) => known === name);
    if (period === undefined)
      return { problem: `${shown(name)} is no period: ${RATE_PERIODS.join(', ')} are` };
    const most = typeof limit === 'number' || typeof limit === 'string' ? integer(limit) : undefined;
    if (most === undefined)
      return { problem: `${period} must be an integer from 0 to ${MOST}, or -1 for unlimited` };
    limits[period] = most;
  }
  return { limits: Object.keys(limits).length === 0 ? undefined : { EmailGateway: limits } };
}

function integer(value: number | string): number | undefined {
  const text = `${value}`.trim();
  return INTEGER.test(text) && Number(text) <= MOST ? Number(text) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const shown = (name: string) => `"${name.slice(0, 40)}"`;
