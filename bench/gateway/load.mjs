// @ts-check
// Load on one address over raw sockets: the cheapest client there is, so that the server is what is measured.
import { connect } from 'node:net';
import { serveParent } from '../lib/child.mjs';

/**
 * @typedef {object} Load
 * @property {number} port
 * @property {string} request head and body of the request, whole
 * @property {number} connections each sends its next request when the last was answered
 * @property {number} ms
 */

/** @param {Load} load @returns {Promise<{ perSecond: number, wrong: number }>} */
async function run({ port, request, connections, ms }) {
  const bytes = Buffer.from(request);
  const startedAt = performance.now();
  const until = startedAt + ms;
  let answered = 0;
  let wrong = 0;
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise((done, fail) => {
          const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
          socket.setNoDelay(true);
          let text = '';
          socket.on('error', fail);
          socket.on('data', (chunk) => {
            text += chunk.toString('latin1');
            const end = text.indexOf('\r\n\r\n');
            if (end < 0) return;
            const length = /content-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
            if (length === undefined) return fail(new Error(`no length in ${text.slice(0, 200)}`));
            if (text.length < end + 4 + Number(length)) return;
            answered += 1;
            if (!text.startsWith('HTTP/1.1 200')) wrong += 1;
            text = '';
            if (performance.now() < until) socket.write(bytes);
            else socket.end(() => done(undefined));
          });
        }),
    ),
  );
  return { perSecond: answered / ((performance.now() - startedAt) / 1000), wrong };
}

serveParent('ready', { run });
