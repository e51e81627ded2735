// A process of its own, so that what it needs to send does not count as memory of the gateway. Runs as it stands
// (`node hostile-client.ts URL KIND COUNT`) and prints a JSON list of replies.
import { request } from 'node:http';
import { connect } from 'node:net';

export interface HostileReply {
  /** 0: no reply. */
  readonly status: number;
  readonly body: string;
  readonly ms: number;
}

interface Hostile {
  readonly contentType: string;
  readonly body: () => Iterable<Buffer>;
  /** Length to announce; absent: the body is sent in chunks. */
  readonly length?: number;
}

const MB = 1_048_576;
const whole = (contentType: string, text: string): Hostile => {
  const bytes = Buffer.from(text);
  return { contentType, body: () => [bytes], length: bytes.length };
};
const json = (value: unknown): Hostile => whole('application/json', JSON.stringify(value));
const form = (text: string): Hostile => whole('application/x-www-form-urlencoded', text);
const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const megabytes = (count: number) =>
  function* (): Iterable<Buffer> {
    for (let at = 0; at < count; at += 1) yield Buffer.alloc(MB, 'x');
  };
const mail = (change: object) => ({
  Subject: 'Hello',
  ContentType: 'plain',
  PlainContent: 'Hi',
  From: { name: 'John', email: 'john@example.com' },
  To: [{ name: 'Jane', email: 'jane@example.org' }],
  ...change,
});
const part = 'Content-Disposition: form-data; name="a"\r\n\r\nx\r\n';

const BODIES: Readonly<Record<string, () => Hostile>> = {
  'an announced body of 50 MB': () => ({ contentType: '', body: megabytes(50), length: 50 * MB }),
  'a chunked body of 50 MB': () => ({ contentType: '', body: megabytes(50) }),
  'JSON of 100,000 levels': () =>
    whole('application/json', `{"From":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  'JSON of 25 MB of brackets': () => whole('application/json', '['.repeat(25 * MB)),
  'a form of nested brackets': () =>
    form(times(19_000, (at) => `a[b][c][d][e]${'[x]'.repeat(40)}=${at}`).join('&')),
  'a name of 10 million brackets': () => form(`a${'[]'.repeat(10_000_000)}=1`),
  '1,000,000 form fields': () => form(times(1_000_000, (at) => `f${at}=${at}`).join('&')),
  '10,000 attachments': () =>
    json(
      mail({
        Attachments: times(10_000, (at) => ({ filename: `${at}`, content: 'aGk=', type: 'text/plain' })),
      }),
    ),
  '100,000 recipients': () =>
    json(mail({ To: times(100_000, (at) => ({ name: 'Jane', email: `jane${at}@example.org` })) })),
  '100,000 parts': () => whole('multipart/form-data; boundary=b', `--b\r\n${part}`.repeat(100_000) + '--b--'),
  'one text of 25 MB': () => whole('application/json', `{"a":"${'x'.repeat(25 * MB - 10)}"}`),
};
const HEADS: Readonly<Record<string, (host: string) => string>> = {
  'a header of 5 MB': (host) =>
    `GET /api.php HTTP/1.1\r\nHost: ${host}\r\nX-A: ${'x'.repeat(5 * MB)}\r\n\r\n`,
  '100,000 headers': (host) =>
    `GET /api.php HTTP/1.1\r\nHost: ${host}\r\n${'X-A: b\r\n'.repeat(100_000)}\r\n`,
  'a URL of 5 MB': (host) => `GET /api.php?a=${'x'.repeat(5 * MB)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  'chunks of one byte': (host) =>
    `POST /api.php HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(500_000)}`,
};

function sendBody(url: string, { contentType, body, length }: Hostile): Promise<HostileReply> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const answered = (status: number, text: string) =>
      resolve({ status, body: text, ms: performance.now() - startedAt });
    const headers = {
      authorization: 'Bearer nobody',
      ...(contentType === '' ? {} : { 'content-type': contentType }),
      ...(length === undefined ? {} : { 'content-length': length }),
    };
    const sent = request(`${url}/api/v1/email`, { method: 'POST', agent: false, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => answered(response.statusCode ?? 0, text));
    });
    sent.on('error', (error) => answered(0, error.message));
    void writeAll(sent, body());
  });
}

async function writeAll(sent: ReturnType<typeof request>, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (sent.destroyed) return;
    await new Promise<void>((resolve) => sent.write(piece, () => resolve()));
  }
  sent.end();
}

function sendHead(url: string, text: string): Promise<HostileReply> {
  const { hostname, port } = new URL(url);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let got = '';
    const answered = () => {
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(got)?.[1] ?? 0);
      resolve({ status, body: got.slice(got.indexOf('\r\n\r\n') + 4), ms: performance.now() - startedAt });
      socket.destroy();
    };
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text));
    socket.on('data', (bytes: Buffer) => {
      got += bytes.toString();
      if (got.endsWith('}')) answered();
    });
    socket.on('close', answered).on('error', answered);
  });
}

const [url = '', kind = '', count = '1'] = process.argv.slice(2);
if (url !== '') {
  const body = BODIES[kind]?.();
  const head = HEADS[kind]?.(new URL(url).host);
  const sendOne = () =>
    body === undefined ? sendHead(url, head ?? `unknown kind ${kind}\r\n\r\n`) : sendBody(url, body);
  const replies = await Promise.all(times(Number(count), sendOne));
  process.stdout.write(JSON.stringify(replies));
}
