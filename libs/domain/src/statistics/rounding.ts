/** Share in percent with two decimals, halves up; 0 when there is nothing to have a share of. Both are whole numbers. */
export function percentage(part: number, whole: number): number {
  // In whole numbers: 0.285 is a little less than 0.285 in binary, and would be rounded down.
  return whole === 0 ? 0 : Math.floor((part * 20_000 + whole) / (2 * whole)) / 100;
}

/** Seconds with two decimals, halves up. Times are measured in milliseconds; what lies below is noise of the arithmetic. */
export function roundSeconds(seconds: number): number {
  return meanSeconds(seconds, 1);
}

/** Mean of measured seconds with two decimals, halves up. @param count at least 1 */
export function meanSeconds(sum: number, count: number): number {
  return Math.floor((Math.round(sum * 1000) + 5 * count) / (10 * count)) / 100;
}
