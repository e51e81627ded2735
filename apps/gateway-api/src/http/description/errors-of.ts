import { ACCESS_ERRORS, ERRORS, TOO_MANY_REQUESTS, type ApiError } from '#contracts/errors/catalogue';
import type { Endpoint } from '../endpoint.js';
import type { Surface } from '../reply.js';

const CATALOGUE: Readonly<Record<string, Readonly<Record<string, ApiError>>>> = ERRORS;

/** Every error that an endpoint can answer on a surface, by code. */
export function errorsOn(endpoint: Endpoint, surface: Surface): readonly ApiError[] {
  const { command, credential, privilege, denied, rateLimited } = endpoint;
  const own = CATALOGUE[command];
  if (own === undefined) throw new Error(`${command} has no entry in the catalogue of errors`);
  const access =
    credential === 'user' || (credential === 'admin' && denied === undefined)
      ? [ACCESS_ERRORS.unauthenticated]
      : [];
  const all = [
    ...Object.values(own),
    ...access,
    ...(privilege === undefined ? [] : [ACCESS_ERRORS.forbidden]),
    ...(surface === 'v1' && rateLimited ? [TOO_MANY_REQUESTS] : []),
  ];
  return [...new Set(all)].sort((a, b) => a.code - b.code);
}

/** HTTP status of an error on v1; an endpoint with replies of its own is asked. */
export const v1StatusOf = (endpoint: Endpoint, error: ApiError): number =>
  endpoint.refusal?.([error], 'v1')?.status ?? error.status;

/** A table in Markdown; one code may mean several things. */
export function rowsOf(errors: readonly ApiError[], surface: Surface, endpoint: Endpoint): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return surface === 'v1'
    ? [
        '| Code | HTTP status | Meaning |',
        '| --- | --- | --- |',
        ...errors.map((error) => `| ${error.code} | ${v1StatusOf(endpoint, error)} | ${cell(error.text)} |`),
      ]
    : [
        '| Code | Meaning |',
        '| --- | --- |',
        ...errors.map(({ code, text }) => `| ${code} | ${cell(text)} |`),
      ];
}
