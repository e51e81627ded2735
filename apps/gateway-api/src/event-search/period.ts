const DAY_MS = 86_400_000;
/** The last millisecond of the year 9999, the last that a four-digit date names. */
const LAST_MS = 253_402_300_799_999;

/** A time span of events in unix milliseconds, both ends included; an absent end is unbounded. */
export interface Period {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** Whole UTC days from strict `YYYY-MM-DD` texts. Any other form falls back to no bound; the end is never before the start. */
export function daysPeriod(start: string | undefined, end: string | undefined): Period {
  const to = dayStart(end);
  return period(dayStart(start), to === undefined ? undefined : to + DAY_MS - 1, DAY_MS - 1);
}

/** Whole seconds from unix times or `YYYY-MM-DD HH:MM:SS` texts in UTC. */
export function secondsPeriod(start: string | undefined, end: string | undefined): Period {
  const to = second(end);
  return period(second(start), to === undefined ? undefined : to + 999, 999);
}

/** A period of whole UTC days, both ends included. */
export interface Days extends Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The days of a report, from strict `YYYY-MM-DD` texts. A start of any other form is the day `defaultDays` before today, an
 * end of any other form is today; an end before the start is the day of the start.
 */
export function reportDays(
  start: string | undefined,
  end: string | undefined,
  { defaultDays, nowMs }: { defaultDays: number; nowMs: number },
): Days {
  const today = nowMs - (nowMs % DAY_MS);
  const fromMs = dayStart(start) ?? today - defaultDays * DAY_MS;
  const lastDay = Math.max(fromMs, dayStart(end) ?? today);
  return { fromMs, toMs: lastDay + DAY_MS - 1 };
}

/** As many days, directly before. */
export function daysBefore({ fromMs, toMs }: Days): Days {
  return { fromMs: fromMs - (toMs + 1 - fromMs), toMs: fromMs - 1 };
}

/** The first and the last second in the form of private replies: `2026-01-01 00:00:00`. */
export function shownDays({ fromMs, toMs }: Days): { readonly StartDate: string; readonly EndDate: string } {
  const shown = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  return { StartDate: shown(fromMs), EndDate: shown(toMs) };
}

/** @param lengthMs the unit's length less a millisecond: the end of a period that starts and ends in one unit */
function period(fromMs: number | undefined, toMs: number | undefined, lengthMs: number): Period {
  const clamped = fromMs !== undefined && toMs !== undefined && toMs < fromMs ? fromMs + lengthMs : toMs;
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(clamped === undefined ? {} : { toMs: clamped }) };
}

function dayStart(text: string | undefined): number | undefined {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') ? instant(`${text}T00:00:00Z`, text) : undefined;
}

function second(text: string | undefined): number | undefined {
  const written = (text ?? '').trim();
  if (/^\d{1,12}$/.test(written))
    return Number(written) * 1000 <= LAST_MS ? Number(written) * 1000 : undefined;
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})Z?$/.exec(written);
  return match === null ? dayStart(written) : instant(`${match[1]}T${match[2]}Z`, match[1]);
}

/** Date.parse rolls 30 February over into March; such a date is none. */
function instant(iso: string, day: string | undefined): number | undefined {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(day ?? '') ? undefined : ms;
}
