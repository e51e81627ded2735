// @ts-check
// The reference of the send route: node:http alone, which reads a JSON body and answers a fresh id.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { serveParent, usage } from '../lib/child.mjs';

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const text = JSON.stringify({ MessageID: randomUUID() });
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  serveParent({ port: address.port }, { usage });
});
