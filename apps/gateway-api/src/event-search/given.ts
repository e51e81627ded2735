const MOST_ROWS = 1000;

/** A limit of rows: 1 to 1000 for any number, `otherwise` for what is none. */
export function limitOf(given: string | undefined, otherwise: number): number {
  const written = (given ?? '').trim();
  if (!/^[+-]?\d+(\.\d+)?$/.test(written)) return otherwise;
  return Math.min(MOST_ROWS, Math.max(1, Math.trunc(Number(written))));
}
