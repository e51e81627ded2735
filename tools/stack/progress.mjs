// @ts-check

/**
 * Lines that begin with the seconds since the command began, for example `[  3.2s] mysql ready`.
 * @param {(line: string) => void} [write]
 * @returns {(line: string) => void}
 */
export function progress(write = (line) => console.log(line)) {
  const began = Date.now();
  return (line) => write(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)}s] ${line}`);
}
