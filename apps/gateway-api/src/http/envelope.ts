import type { Endpoint } from './endpoint.js';
import type { HardFailure } from './hard-failure.js';
import { errorsOf, type Refused } from './outcome.js';
import { toXml } from './xml.js';

export type Surface = 'legacy' | 'v1';
export type Body = Readonly<Record<string, unknown>>;

/** A reply before it meets HTTP. `codes` is what the log and the metrics see; empty for a success. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly codes: readonly number[];
}

/** Only the exact word `XML` asks for XML; any other spelling means JSON. */
export function render(
  status: number,
  body: Body,
  responseFormat: unknown,
  codes: readonly number[] = [],
): Reply {
  return responseFormat === 'XML'
    ? { status, contentType: 'text/xml; charset=utf-8', text: toXml(body), codes }
    : { status, contentType: 'application/json; charset=utf-8', text: JSON.stringify(body), codes };
}

/**
 * A handler's "no": HTTP 200 on `/api.php`, the status of the first error on v1. `ErrorText` has the form of `ErrorCode`,
 * a scalar or an array.
 */
export function refusalReply(
  surface: Surface,
  endpoint: Endpoint,
  refusal: Refused,
  responseFormat: unknown,
): Reply {
  const errors = errorsOf(refusal);
  const codes = errors.map(({ code }) => code);
  if (surface === 'v1') {
    const body = { Errors: errors.map(({ code, text }) => ({ Code: code, Message: text })) };
    return render(errors[0]?.status ?? 500, body, responseFormat, codes);
  }
  const texts = errors.map(({ text }) => text);
  const isList = Array.isArray(refusal.refused);
  const body = {
    Success: false,
    ErrorCode: isList ? codes : codes[0],
    ErrorText: isList ? texts : texts[0],
    ...(errors.some((error) => endpoint.withErrorMessage.includes(error)) ? { ErrorMessage: texts[0] } : {}),
  };
  return render(200, body, responseFormat, codes);
}

/** The same body on both surfaces: legacy keys plus `Errors`. */
export function hardFailureReply(failure: HardFailure, responseFormat?: unknown): Reply {
  const { code, message, status } = failure;
  const body = {
    Success: false,
    ErrorCode: code,
    ErrorText: message,
    Errors: [{ Code: code, Message: message }],
  };
  return render(status, body, responseFormat, [code]);
}
