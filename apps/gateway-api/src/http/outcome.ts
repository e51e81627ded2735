/**
 * A handler's "no": the contract's code, or several when the contract lists them together. Plain codes answer as a scalar
 * `ErrorCode` on `/api.php`, lists as an array. Texts and v1 statuses come from the endpoint's `errors`.
 */
export interface Refused {
  readonly refused: number | readonly number[];
}

/** What the handler of an endpoint's message resolves to. */
export type Outcome<Result> = Result | Refused;

export const refuse = (...codes: [number, ...number[]]): Refused => ({
  refused: codes.length === 1 ? codes[0] : codes,
});

export function isRefused(outcome: unknown): outcome is Refused {
  return typeof outcome === 'object' && outcome !== null && 'refused' in outcome;
}
