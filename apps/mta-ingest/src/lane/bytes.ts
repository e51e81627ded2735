/** Copies all of `source` to `at`; for a few dozen bytes a loop is a fifth of `Buffer.copy`. @returns the place behind them */
export function put(source: Uint8Array, target: Uint8Array, at: number): number {
  for (let index = 0; index < source.length; index += 1) target[at + index] = source[index] as number;
  return at + source.length;
}
