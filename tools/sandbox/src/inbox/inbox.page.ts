import type { KeptMail, ShownMail } from './inbox.js';

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
  td.time { white-space: nowrap; color: #666 }
  pre { background: #f6f6f6; padding: 1rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere }
  iframe { width: 100%; height: 32rem; border: 1px solid #ddd }
  a { color: #0b57a4 }`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>` +
  `<style>${STYLE}</style></head><body>${body}</body></html>`;

/** The newest mails first. Subjects come from `summaries`, by id. */
export function listPage(
  mails: readonly KeptMail[],
  summaries: ReadonlyMap<string, string>,
  total: number,
): string {
  const rows = mails.map((mail) => {
    const subject = summaries.get(mail.id) ?? '';
    const cells = [
      `<td class="time">${new Date(mail.receivedAt).toISOString()}</td>`,
      `<td>${escape(mail.envelope.from || '<>')}</td>`,
      `<td>${escape(mail.envelope.to.join(', '))}</td>`,
      `<td><a href="/view/${encodeURIComponent(mail.id)}">${escape(subject || '(no subject)')}</a></td>`,
    ];
    return `<tr>${cells.join('')}</tr>`;
  });
  const table = `<table><tr><th>Received</th><th>From</th><th>To</th><th>Subject</th></tr>${rows.join('')}</table>`;
  const note = mails.length < total ? `, the newest ${mails.length} shown` : '';
  return page(
    'Inbox',
    `<h1>Inbox</h1><p>${total} mails${note}. JSON: <a href="/messages">/messages</a></p>${table}`,
  );
}

/** One mail. Its HTML is shown in a frame that may run no script, submit no form and open no window. */
export function mailPage(mail: ShownMail): string {
  const headers = Object.entries(mail.headers).flatMap(([name, values]) =>
    values.map((value) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`),
  );
  const attachments = mail.attachments.map(
    ({ filename, contentType, size }) =>
      `<li>${escape(filename ?? '(no name)')} – ${escape(contentType)}, ${size} bytes</li>`,
  );
  const id = encodeURIComponent(mail.id);
  return page(
    mail.subject,
    `<p><a href="/">Inbox</a> · <a href="/messages/${id}/raw">raw</a> · <a href="/messages/${id}">JSON</a></p>` +
      `<h1>${escape(mail.subject || '(no subject)')}</h1>` +
      `<p>${mail.receivedAt} · from ${escape(mail.envelope.from || '<>')} to ${escape(mail.envelope.to.join(', '))}</p>` +
      (mail.html === null ? '' : `<h2>HTML</h2><iframe sandbox srcdoc="${escape(mail.html)}"></iframe>`) +
      (mail.text === null ? '' : `<h2>Text</h2><pre>${escape(mail.text)}</pre>`) +
      (attachments.length === 0 ? '' : `<h2>Attachments</h2><ul>${attachments.join('')}</ul>`) +
      `<h2>Headers</h2><table>${headers.join('')}</table>`,
  );
}
