// @ts-check
import { StackError } from './process.mjs';

/**
 * One JSON request over HTTP.
 * @param {string} method
 * @param {string} url
 * @param {{ bearer?: string, body?: unknown }} [options]
 * @returns {Promise<{ status: number, body: any }>} body undefined when it isn't JSON
 */
export async function request(method, url, { bearer, body } = {}) {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await answer.text();
  try {
    return { status: answer.status, body: JSON.parse(text) };
  } catch {
    return { status: answer.status, body: undefined };
  }
}

/**
 * The same, for an answer that must be a success.
 * @param {string} method
 * @param {string} url
 * @param {{ bearer?: string, body?: unknown }} [options]
 */
export async function expectOk(method, url, options) {
  const { status, body } = await request(method, url, options);
  if (status >= 300)
    throw new StackError(`${method} ${url} answered ${status} ${JSON.stringify(body) ?? ''}`);
  return body;
}

/**
 * A command of the legacy API that must succeed.
 * @param {string} api base URL
 * @param {string} apiKey the user's
 * @param {string} command
 * @param {Record<string, unknown>} [parameters]
 */
export async function command(api, apiKey, command, parameters = {}) {
  const { status, body } = await request('POST', `${api}/api.php`, {
    body: { Command: `emailgateway.${command}`, APIKey: apiKey, ...parameters },
  });
  if (body?.Success !== true)
    throw new StackError(`${command} answered ${status} ${JSON.stringify(body) ?? ''}`);
  return body;
}
