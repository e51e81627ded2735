import { stack } from './system.js';

export interface Reply<T = Record<string, unknown>> {
  status: number;
  body: T;
}

/** One call of `/api.php` with a JSON body. */
export async function command<T = Record<string, unknown>>(
  name: string,
  parameters: Record<string, unknown>,
): Promise<Reply<T>> {
  return post<T>('/api.php', { Command: name, ...parameters });
}

/** One POST to the API. A string body goes out as it is. */
export async function post<T = Record<string, unknown>>(
  path: string,
  body: object | string,
  headers: Record<string, string> = {},
): Promise<Reply<T>> {
  const response = await fetch(`${stack().api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: (await response.json()) as T };
}

export async function get<T = Record<string, unknown>>(path: string, bearer: string): Promise<Reply<T>> {
  const response = await fetch(`${stack().api}${path}`, {
    headers: { authorization: `Bearer ${bearer}` },
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** Sends one mail; the accepted message id. Tries again until the API accepts it, as a careful client would. */
export async function sendUntilAccepted(
  tenant: { senderKey: string; domain: string },
  to: string,
): Promise<string> {
  for (const deadline = Date.now() + 60_000; ;) {
    let outcome: string;
    try {
      const { status, body } = await send(tenant, to);
      if (status === 200 && typeof body['MessageID'] === 'string') return body['MessageID'];
      outcome = `HTTP ${status} ${JSON.stringify(body)}`;
    } catch (error) {
      outcome = String(error);
    }
    if (Date.now() > deadline) throw new Error(`not accepted within 60 s: ${outcome}`);
  }
}

export function send(
  tenant: { senderKey: string; domain: string },
  to: string,
  more: Record<string, unknown> = {},
): Promise<Reply> {
  return post(
    '/api/v1/email',
    {
      Subject: `To ${to}`,
      ContentType: 'plain',
      PlainContent: 'Hello',
      From: { name: 'Sender', email: `news@${tenant.domain}` },
      To: [{ name: 'Recipient', email: to }],
      ...more,
    },
    { authorization: `Bearer ${tenant.senderKey}` },
  );
}
