import type { Command } from 'commander';
import { json } from '../arguments.js';

/** `group`: the one of the group applies. */
type Limit = number | 'group';

export interface LimitOptions {
  limitDay?: Limit;
  limitMonth?: Limit;
  limitLifetime?: Limit;
  rateLimits?: unknown;
}

const RATES = '\'{"EmailGateway": {"Minute": 60, "Hour": 1000}}\'';

/** The options of limits that groups and accounts have alike. */
export function withLimits(
  command: Command,
  {
    value,
    read,
    none,
    inherit,
  }: { value: string; read: (text: string) => Limit; none: string; inherit: string },
): Command {
  return command
    .option(`--limit-day <${value}>`, `most recipients per day, ${none}`, read)
    .option(`--limit-month <${value}>`, `most recipients per calendar month, ${none}`, read)
    .option(`--limit-lifetime <${value}>`, `most recipients ever, ${none}`, read)
    .option(
      '--rate-limits <json>',
      `most recipients per Minute, Hour, Day, Week, Month, Year: ${RATES}; -1 or absent = no limit, {} = ${inherit}`,
      json,
    );
}

export function limitsOf({ limitDay, limitMonth, limitLifetime, rateLimits }: LimitOptions): object {
  return {
    ...(limitDay !== undefined && { limitDay: ownOrNull(limitDay) }),
    ...(limitMonth !== undefined && { limitMonth: ownOrNull(limitMonth) }),
    ...(limitLifetime !== undefined && { limitLifetime: ownOrNull(limitLifetime) }),
    ...(rateLimits !== undefined && { rateLimits }),
  };
}

const ownOrNull = (limit: Limit) => (limit === 'group' ? null : limit);
