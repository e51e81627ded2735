import type { Endpoint } from './endpoint.js';
import type { HardFailure } from './hard-failure.js';
import { errorsOf, type Refused } from './outcome.js';
import type { Reply, Surface } from './reply.js';
import { toXml } from './xml.js';

export type Body = Readonly<Record<string, unknown>>;

/** A reply whose text is whole. */
export type WholeReply = Reply & { readonly text: string };

/** Only the exact word `XML` asks for XML; any other spelling means JSON. */
export function render(
  status: number,
  body: Body,
  responseFormat: unknown,
  codes: readonly number[] = [],
): WholeReply {
  return responseFormat === 'XML'
    ? { status, contentType: 'text/xml; charset=utf-8', text: toXml(body), codes }
    : { status, contentType: 'application/json; charset=utf-8', text: JSON.stringify(body), codes };
}

/**
 * A handler's "no": HTTP 200 on `/api.php`, the status of the first error on v1. `ErrorText` has the form of `ErrorCode`,
 * a scalar or an array. An error that says when to try again also answers `Retry-After`.
 */
export function refusalReply(
  surface: Surface,
  endpoint: Endpoint,
  refusal: Refused,
  responseFormat: unknown,
): WholeReply {
  const reply = refusalBody(surface, endpoint, refusal, responseFormat);
  const wait = Math.max(0, ...errorsOf(refusal).map(({ retryAfterS = 0 }) => retryAfterS));
  return wait === 0 ? reply : { ...reply, headers: { 'retry-after': `${Math.ceil(wait)}` } };
}

function refusalBody(
  surface: Surface,
  endpoint: Endpoint,
  refusal: Refused,
  responseFormat: unknown,
): WholeReply {
  const errors = errorsOf(refusal);
  const codes = errors.map(({ code }) => code);
  const special = endpoint.refusal?.(errors, surface);
  if (special !== undefined) return render(special.status, special.body, responseFormat, codes);
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
export function hardFailureReply(failure: HardFailure, responseFormat?: unknown): WholeReply {
  const { code, message, status, retryAfterS } = failure;
  const body = {
    Success: false,
    ErrorCode: code,
    ErrorText: message,
    Errors: [{ Code: code, Message: message }],
  };
  const reply = render(status, body, responseFormat, [code]);
  return retryAfterS === undefined ? reply : { ...reply, headers: { 'retry-after': `${retryAfterS}` } };
}
