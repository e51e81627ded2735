/** How a body is read. */
export type BodyKind = 'json' | 'multipart' | 'form';

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\b/i;
const MULTIPART_TYPE = /^multipart\/form-data\b/i;
/** Blanks of JSON, and the three bytes of a UTF-8 byte order mark. */
const BEFORE_JSON: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
const OPENS_JSON: ReadonlySet<number> = new Set([0x7b, 0x5b]);

/**
 * How to read a body by its label and first bytes: what starts like JSON is JSON, however it is labelled.
 * `undefined`: so far there are blanks only.
 */
export function bodyKind(contentType: string, start: Uint8Array): BodyKind | undefined {
  if (JSON_TYPE.test(contentType)) return 'json';
  const first = start.find((byte) => !BEFORE_JSON.has(byte));
  if (first === undefined) return undefined;
  if (OPENS_JSON.has(first)) return 'json';
  return MULTIPART_TYPE.test(contentType) ? 'multipart' : 'form';
}
