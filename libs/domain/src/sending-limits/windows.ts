/** Spans of the calendar in UTC in which an account's recipients are counted, and its whole life. */
export const WINDOWS = ['Minute', 'Hour', 'Day', 'Week', 'Month', 'Year', 'Lifetime'] as const;
export type Window = (typeof WINDOWS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday; weeks begin on Monday (ISO 8601). */
const THURSDAY_FROM_MONDAY_MS = 3 * DAY_MS;

/** When the window that holds an instant began. Unix milliseconds, in and out. */
export function windowStart(window: Window, now: number): number {
  const date = new Date(now);
  switch (window) {
    case 'Minute':
      return now - (now % MINUTE_MS);
    case 'Hour':
      return now - (now % HOUR_MS);
    case 'Day':
      return now - (now % DAY_MS);
    case 'Week':
      return now - ((now + THURSDAY_FROM_MONDAY_MS) % (7 * DAY_MS));
    case 'Month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    case 'Year':
      return Date.UTC(date.getUTCFullYear(), 0);
    case 'Lifetime':
      return 0;
  }
}

/** When the window that began at `start` ends; `Infinity` for the lifetime. */
export function windowEnd(window: Window, start: number): number {
  const date = new Date(start);
  switch (window) {
    case 'Minute':
      return start + MINUTE_MS;
    case 'Hour':
      return start + HOUR_MS;
    case 'Day':
      return start + DAY_MS;
    case 'Week':
      return start + 7 * DAY_MS;
    case 'Month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    case 'Year':
      return Date.UTC(date.getUTCFullYear() + 1, 0);
    case 'Lifetime':
      return Infinity;
  }
}
