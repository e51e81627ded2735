/** What one process asks of a window that it shares with others. */
export interface PermitRequest {
  /** Permits of the window, over all processes. */
  readonly limit: number;
  /** Permits handed out so far, to anybody. */
  readonly taken: number;
  /** Requests that wait for a permit. */
  readonly need: number;
  /** Permits that the process would like to keep for requests still to come. */
  readonly ahead: number;
}

export interface HandedOut {
  /** Of the permits needed, at most `need`. */
  readonly needed: number;
  /** Of the permits wanted ahead, at most `ahead`. */
  readonly ahead: number;
}

/** Ahead of need a process gets at most this part of what would be left, so that what it holds shrinks near the limit. */
const PART_AHEAD = 4;

/**
 * Shares the permits of a window out. The sum of all that is handed out never exceeds the limit. What is needed comes first;
 * nothing is handed out ahead once fewer than four permits are left.
 */
export function handOut({ limit, taken, need, ahead }: PermitRequest): HandedOut {
  const free = Math.max(0, limit - taken);
  const needed = Math.min(need, free);
  return { needed, ahead: Math.min(ahead, Math.floor((free - needed) / PART_AHEAD)) };
}

/**
 * How many permits to want ahead: as many as will be used in the next `holdMs` at the pace since the last question, and at
 * most twice what was used since then, so that a single request asks for one permit only.
 */
export function permitsAhead(pace: {
  readonly used: number;
  readonly elapsedMs: number;
  readonly holdMs: number;
}): number {
  const { used, elapsedMs, holdMs } = pace;
  if (elapsedMs >= holdMs) return 0;
  return Math.min(2 * used, Math.floor((used * holdMs) / Math.max(1, elapsedMs)));
}
