// @ts-check

/**
 * Measures several contenders in turns, so that whatever else the machine does meets them all alike.
 * @template {string} Name
 * @param {Readonly<Record<Name, () => Promise<Record<string, number>>>>} contenders each returns its figures for one round
 * @param {number} rounds counted ones; one more comes before and is thrown away
 * @returns {Promise<Record<Name, Record<string, number>>>} the median of each figure
 */
export async function interleaved(contenders, rounds) {
  const names = /** @type {Name[]} */ (Object.keys(contenders));
  /** @type {Record<string, Record<string, number[]>>} */
  const taken = Object.fromEntries(names.map((name) => [name, {}]));
  for (let round = 0; round <= rounds; round++) {
    // Every second round the other way around: being first must not be an advantage.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const figures = await contenders[name]();
      if (round === 0) continue;
      for (const [figure, value] of Object.entries(figures))
        ((taken[name] ??= {})[figure] ??= []).push(value);
    }
  }
  const medians = names.map((name) => [
    name,
    Object.fromEntries(Object.entries(taken[name] ?? {}).map(([figure, values]) => [figure, median(values)])),
  ]);
  return Object.fromEntries(medians);
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? Number(sorted[middle])
    : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2;
}

let missed = 0;

/**
 * One line of the report: a ratio against its bar.
 * @param {string} what
 * @param {number} value
 * @param {'at least' | 'at most'} direction
 * @param {number} bar
 * @param {string} [unit]
 */
export function report(what, value, direction, bar, unit = '') {
  const kept = direction === 'at least' ? value >= bar : value <= bar;
  if (!kept) missed += 1;
  console.log(
    `${kept ? 'kept  ' : 'MISSED'}  ${what}: ${value.toFixed(2)}${unit} (${direction} ${bar}${unit})`,
  );
}

/** Ends the process; 1 when a bar was missed. */
export function finish() {
  process.exit(missed === 0 ? 0 : 1);
}
