const ISO = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/;
const AMERICAN = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{2}):(\d{2}):(\d{2})(Z|[+-]\d{2}:?\d{2})$/;
const UNIX = /^\d{9,10}$/;

/** Mail older than PowerMTA, or decades ahead, is a misread column. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/**
 * The time of an accounting row in epoch milliseconds. Takes every form that is documented or was seen:
 * `2024-03-05 09:15:02+0000`, the same with `T`, a fraction, `Z` or a colon in the offset, Unix seconds, and
 * `03/05/2024 09:15:02+0000`. A time without an offset is none of them.
 *
 * @returns undefined for anything else and for what is out of range (30 February, 25 o'clock). Never "now".
 */
export function parseTime(text: string): number | undefined {
  const trimmed = text.trim();
  if (UNIX.test(trimmed)) return inRange(Number(trimmed) * 1000);
  const iso = ISO.exec(trimmed);
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction, offset] = iso;
    const millis = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
    return inRange(compose([year, month, day, hour, minute, second], offset, millis));
  }
  const american = AMERICAN.exec(trimmed);
  if (!american) return undefined;
  const [, month, day, year, hour, minute, second, offset] = american;
  return inRange(compose([year, month, day, hour, minute, second], offset, 0));
}

/** How far an MTA's clock may be ahead of ours. */
export const MOST_AHEAD_MS = 24 * 3_600_000;

/**
 * `timeLogged`: when the outcome happened, so nothing that lies ahead. An event of next year would be no error for anybody
 * downstream, just never found where it belongs.
 *
 * @param now the ingester's clock in epoch milliseconds.
 * @returns undefined also for what is more than 24 hours ahead of it.
 */
export function parseLoggedTime(text: string, now: number): number | undefined {
  const millis = parseTime(text);
  return millis !== undefined && millis <= now + MOST_AHEAD_MS ? millis : undefined;
}

function compose(
  parts: (string | undefined)[],
  offset: string | undefined,
  millis: number,
): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const shift = offsetMinutes(offset ?? '');
  // 60 is a leap second: the next minute begins.
  if (shift === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  return midnight.getTime() + ((hour * 60 + minute - shift) * 60 + second) * 1000 + millis;
}

function offsetMinutes(offset: string): number | undefined {
  if (offset === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 14 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function inRange(millis: number | undefined): number | undefined {
  return millis !== undefined && millis >= EARLIEST && millis < LATEST ? millis : undefined;
}
