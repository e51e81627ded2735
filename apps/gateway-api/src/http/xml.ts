const XML_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
// Control characters have no place in an XML 1.0 document, not even inside CDATA.
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * The XML form of a reply: root `response`, each scalar in CDATA, booleans as words, list members as `node_0`, `node_1`.
 * Keys that are no XML names (a host that starts with a digit) become `<item name="…">`.
 */
export function toXml(body: Readonly<Record<string, unknown>>): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<response>${members(body)}</response>`;
}

function members(value: object): string {
  const entries = Array.isArray(value)
    ? value.map((member: unknown, index) => [`node_${index}`, member] as const)
    : Object.entries(value);
  return entries.map(([name, member]) => element(name, member)).join('');
}

function element(name: string, value: unknown): string {
  if (value === undefined) return '';
  const [open, close] = XML_NAME.test(name) ? [name, name] : [`item name="${attribute(name)}"`, 'item'];
  return `<${open}>${content(value)}</${close}>`;
}

function content(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'object') return members(value);
  const text = (typeof value === 'string' ? value : JSON.stringify(value))
    .replace(FORBIDDEN, '')
    .replaceAll(']]>', ']]]]><![CDATA[>');
  return `<![CDATA[${text}]]>`;
}

function attribute(text: string): string {
  return text
    .replace(FORBIDDEN, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;');
}
