const STATUSES = { invalid: 400, unauthorized: 401, 'not-found': 404, conflict: 409 } as const;
export type OperatorErrorCode = keyof typeof STATUSES;

/** A request of an operator that cannot be done; answered as `{error: {code, message}}`. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly status: number;

  constructor(
    readonly code: OperatorErrorCode,
    message: string,
  ) {
    super(message);
    this.status = STATUSES[code];
  }
}
