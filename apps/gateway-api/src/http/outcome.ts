import type { ApiError } from '#contracts/errors/catalogue';

/**
 * A handler's "no": one error of the endpoint's table, or several when the contract lists them together. One error
 * answers with a scalar `ErrorCode` on `/api.php`, a list with an array.
 */
export interface Refused {
  readonly refused: ApiError | readonly ApiError[];
}

/** What the handler of an endpoint's message resolves to. */
export type Outcome<Result> = Result | Refused;

export const refuse = (error: ApiError): Refused => ({ refused: error });

export function isRefused(outcome: unknown): outcome is Refused {
  return (
    typeof outcome === 'object' && outcome !== null && 'refused' in outcome && outcome.refused !== undefined
  );
}

/** The errors of a refusal as a list, in the order in which they are answered. */
export function errorsOf({ refused }: Refused): readonly ApiError[] {
  return isList(refused) ? refused : [refused];
}

function isList(refused: Refused['refused']): refused is readonly ApiError[] {
  return Array.isArray(refused);
}
