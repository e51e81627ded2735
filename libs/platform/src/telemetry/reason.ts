/**
 * What an error says, in one line. Works for everything that can be thrown, and for errors of another realm (a test
 * runner's), for which `instanceof Error` is false.
 */
export function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    const { message, code, name } = error as { message?: unknown; code?: unknown; name?: unknown };
    // A connection refused on several addresses is an AggregateError with an empty message and a code.
    for (const text of [message, code, name]) if (typeof text === 'string' && text !== '') return text;
  }
  return String(error);
}
