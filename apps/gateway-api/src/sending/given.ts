/** Whether a parameter was given at all: `0` means "none" for the ids of this command, as an empty text does. */
export function isGiven(value: unknown): boolean {
  return !(
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === '0' ||
    value === false
  );
}

/** A structure, or the JSON text of one: forms carry structures as text. */
export function structured(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch {
    return value;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Characters that end a header line, or that no header may carry. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Text that is safe inside a header: no control characters, so no line can be smuggled in. */
export function isHeaderSafe(text: string): boolean {
  return !CONTROL.test(text);
}
