/**
 * Seconds before the next attempt after each answer "not now": 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 6 h and the rest of a
 * day. After 24 h in all the mail is given up.
 */
const SCHEDULE_S = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 37_045] as const;

/**
 * @param attempts answered attempts before this one.
 * @returns undefined when the mail is to be given up.
 */
export function secondsUntilNext(attempts: number): number | undefined {
  return SCHEDULE_S[attempts];
}
