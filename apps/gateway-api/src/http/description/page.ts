import type { Endpoint } from '../endpoint.js';
import { errorsOn, v1StatusOf } from './errors-of.js';
import { inputSchema, type ObjectSchema } from './schemas.js';

/**
 * The description of the API for people: one page without scripts and without anything from elsewhere, so that it reads
 * behind any firewall and under the strictest content policy.
 */
export function descriptionPage(endpoints: readonly Endpoint[]): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Email Gateway API</title><style>${STYLE}</style></head><body>`,
    `<nav><h1>Email Gateway API</h1><p><a href="/openapi.json">OpenAPI document</a></p><ul>`,
    ...endpoints.map(({ command, docs }) => `<li><a href="#${command}">${escape(docs.summary)}</a></li>`),
    `</ul></nav><main><p>${CONVENTIONS}</p>`,
    ...endpoints.map(section),
    '</main></body></html>\n',
  ].join('\n');
}

const CONVENTIONS = [
  'Commands go to <code>/api.php</code> by POST or GET, parameters in a JSON, form or multipart body or in the query; names match',
  'in any letter case. Replies have HTTP status 200 there, <code>Success</code> tells; under <code>/api/v1</code> the status tells.',
  'Errors of missing parameters come together as lists, every other one alone. <code>ResponseFormat=XML</code> (exactly so) answers',
  'XML: root <code>response</code>, an element per member, list members as <code>node_0</code>, <code>node_1</code>; a key that is no',
  'XML name, such as a host that starts with a digit, stands in <code>&lt;item name="…"&gt;</code>.',
].join(' ');

const CREDENTIALS = {
  user: '<code>APIKey</code> of a user, or <code>SessionID</code>',
  sender: 'API key of a sender domain: <code>Authorization: Bearer</code>, or <code>SenderAPIKey</code>',
  admin: 'admin key: <code>Authorization: Bearer</code>, or <code>AdminAPIKey</code>',
  anonymous: 'none',
} as const;

function section(endpoint: Endpoint): string {
  const { command, v1, docs, credential, privilege } = endpoint;
  const { request, reply, v1Reply } = docs.example;
  const privileged = privilege === undefined ? '' : `, privilege <code>${privilege}</code>`;
  const routes = [`<code>/api.php</code> <code>Command=${command}</code>`];
  if (v1 !== undefined) routes.push(`<code>${v1.method} ${v1.path}</code>`);
  return [
    `<section id="${command}"><h2>${escape(docs.summary)}</h2>`,
    `<p>${routes.join('<br>')}</p><p>Credential: ${CREDENTIALS[credential]}${privileged}.</p>`,
    ...(docs.description === undefined ? [] : paragraphs(docs.description)),
    parameters(endpoint),
    `<h3>Example</h3><pre>${json(request)}</pre><pre>${json(reply)}</pre>`,
    ...(v1 === undefined || v1Reply === undefined ? [] : [`<p>On v1:</p><pre>${json(v1Reply)}</pre>`]),
    codes(endpoint),
    '</section>',
  ].join('\n');
}

function parameters(endpoint: Endpoint): string {
  const { properties = {}, required = [] }: ObjectSchema = inputSchema(endpoint);
  const rows = Object.entries(properties).map(([name, schema]) => {
    const text = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'description') : '';
    const need = required.includes(name) ? 'yes' : '';
    return `<tr><td><code>${name}</code></td><td>${need}</td><td>${inline(String(text ?? ''))}</td></tr>`;
  });
  if (rows.length === 0) return '<p>No parameters.</p>';
  return `<table><tr><th>Parameter</th><th>Required</th><th>Meaning</th></tr>${rows.join('')}</table>`;
}

function codes(endpoint: Endpoint): string {
  const onV1 = endpoint.v1 !== undefined;
  const errors = errorsOn(endpoint, onV1 ? 'v1' : 'legacy');
  if (errors.length === 0) return '';
  const rows = errors.map((error) => {
    const status = onV1 ? `<td>${v1StatusOf(endpoint, error)}</td>` : '';
    return `<tr><td>${error.code}</td>${status}<td>${escape(error.text)}</td></tr>`;
  });
  const head = `<th>Code</th>${onV1 ? '<th>Status on v1</th>' : ''}<th>Meaning</th>`;
  return `<h3>Errors</h3><table><tr>${head}</tr>${rows.join('')}</table>`;
}

/** The little of Markdown that descriptions use: paragraphs, lists, `code`. */
function paragraphs(markdown: string): string[] {
  return markdown.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n');
    return lines.every((line) => line.startsWith('- '))
      ? `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join('')}</ul>`
      : `<p>${inline(block)}</p>`;
  });
}

const inline = (text: string) => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');
const json = (value: unknown) => escape(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;display:flex}
nav{box-sizing:border-box;width:20rem;height:100vh;overflow:auto;position:sticky;top:0;padding:1rem;border-right:1px solid #ddd;flex:none}
nav h1{font-size:1.2rem}nav ul{padding-left:1rem}nav li{margin:.2rem 0}
main{padding:1rem 2rem;max-width:60rem;min-width:0}section{border-top:1px solid #ddd;padding:1rem 0}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #ddd;padding:.3rem .5rem;text-align:left;vertical-align:top}
pre{background:#f6f6f6;padding:.6rem;overflow:auto}code{background:#f2f2f2;padding:0 .2rem}pre code{padding:0}
@media(max-width:50rem){body{display:block}nav{width:auto;height:auto;position:static;border:0}}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}pre,code{background:#262626}nav,section,th,td{border-color:#444}a{color:#8ab4f8}}
`;
