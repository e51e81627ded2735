import { readOperatorConfig } from './config.js';
import { CommandFailed } from './output.js';

/** Deleting a large account takes its time. */
const TIMEOUT_MS = 60_000;

interface OperatorError {
  error?: { code?: string; message?: string };
}

/**
 * One call of the gateway's operator endpoints.
 * @throws CommandFailed with the gateway's own message, or with what to do when it does not answer
 */
export async function operator<T>(method: string, path: string, body?: object): Promise<T> {
  const { operatorUrl, adminApiKey } = readOperatorConfig();
  let response: Response;
  try {
    response = await fetch(`${operatorUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminApiKey}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new CommandFailed(
      `the gateway does not answer at ${operatorUrl} (${reasonOf(error)}): start the system, or set EG_OPERATOR_URL`,
    );
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? {} : JSON.parse(text)) as T;
  throw new CommandFailed(messageOf(text) ?? `the gateway answered HTTP ${response.status}`);
}

function messageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as OperatorError).error?.message;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
