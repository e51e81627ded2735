import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';

import { Inbox, type KeptMail, type ShownMail } from './inbox.js';
import { inboxServer } from './inbox.server.js';

const RAW = [
  'From: =?utf-8?Q?J=C3=B6rg?= <j@demo.test>',
  'To: ana@x.test',
  'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
  'Received: one',
  'X-Long: a',
  ' b',
  'Received: two',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=B',
  '',
  '--B',
  'Content-Type: multipart/alternative; boundary=C',
  '',
  '--C',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'H=C3=A9',
  '--C',
  'Content-Type: text/html',
  '',
  '<p><img src="cid:logo"></p>',
  '--C--',
  '--B',
  'Content-Type: image/png; name="logo.png"',
  'Content-Disposition: inline; filename="logo.png"',
  'Content-ID: <logo>',
  'Content-Transfer-Encoding: base64',
  '',
  'AAEC',
  '--B--',
  '',
].join('\r\n');

const mail = (id: string, to: string[], raw = RAW): KeptMail => ({
  id,
  receivedAt: Date.UTC(2026, 10, 24, 13, 0, 0, 7),
  envelope: { from: 'b@sl.demo.test', to },
  raw: Buffer.from(raw),
});

let inbox: Inbox;
let app: FastifyInstance;
beforeEach(() => {
  inbox = new Inbox(3, 10_000);
  app = inboxServer(inbox);
});
afterEach(() => app.close());
const get = async (url: string): Promise<ShownMail[]> => (await app.inject({ url })).json();
const ids = async (url: string): Promise<string[]> => (await get(url)).map(({ id }) => id);

describe('the inbox', () => {
  it('shows a mail taken apart', async () => {
    inbox.add(mail('m1', ['ana@x.test']));
    expect(await get('/messages')).toEqual([
      {
        id: 'm1',
        receivedAt: '2026-11-24T13:00:00.007Z',
        envelope: { from: 'b@sl.demo.test', to: ['ana@x.test'] },
        subject: 'Grüße',
        headers: {
          from: ['=?utf-8?Q?J=C3=B6rg?= <j@demo.test>'],
          to: ['ana@x.test'],
          subject: ['=?utf-8?B?R3LDvMOfZQ==?='],
          received: ['one', 'two'],
          'x-long': ['a b'],
          'mime-version': ['1.0'],
          'content-type': ['multipart/mixed; boundary=B'],
        },
        text: expect.stringMatching(/^Hé\s*$/),
        html: expect.stringMatching(/^<p><img src="cid:logo"><\/p>\s*$/),
        attachments: [
          {
            filename: 'logo.png',
            contentType: 'image/png',
            contentId: 'logo',
            disposition: 'inline',
            size: 3,
            content: 'AAEC',
          },
        ],
        raw: RAW,
      },
    ]);
  });

  it('does not make up a part that the mail does not have', async () => {
    inbox.add(mail('h', ['a@x.test'], 'Content-Type: text/html\r\n\r\n<p>x</p>\r\n'));
    inbox.add(mail('t', ['a@x.test'], 'Content-Type: text/plain\r\n\r\nx\r\n'));
    const [html, text] = await get('/messages');
    expect([html?.text, text?.html, text?.subject]).toEqual([null, null, '']);
  });

  it('shows headers that are named as what each object has', async () => {
    const raw = '__proto__: p1\r\nConstructor: c\r\n__PROTO__: p2\r\ntoString: t\r\nSubject: s\r\n\r\nx\r\n';
    inbox.add(mail('m1', ['a@x.test'], raw));
    inbox.add(mail('m2', ['a@x.test']));
    const expected = Object.entries({ constructor: ['c'], tostring: ['t'], subject: ['s'] });
    expected.unshift(['__proto__', ['p1', 'p2']]);
    const [listed, next] = await get('/messages');
    const alone: ShownMail = (await app.inject({ url: '/messages/m1' })).json();
    for (const shown of [listed, alone]) expect(Object.entries(shown?.headers ?? {})).toEqual(expected);
    expect(next?.id).toBe('m2');
    expect((await app.inject({ url: '/view/m1' })).body).toContain('<th>__proto__</th><td>p2</td>');
  });

  it('finds by envelope recipient in any letter case, oldest first, and the newest of them', async () => {
    inbox.add(mail('m1', ['ana@x.test', 'Leo@x.test']));
    inbox.add(mail('m2', ['kim@x.test']));
    inbox.add(mail('m3', ['leo@X.test']));
    expect(await ids('/messages?to=LEO@x.test')).toEqual(['m1', 'm3']);
    expect(await ids('/messages?to=leo%40x.test&limit=1')).toEqual(['m3']);
    expect(await ids('/messages?to=none@x.test')).toEqual([]);
    expect((await app.inject({ url: '/messages?limit=0' })).statusCode).toBe(400);
  });

  it('keeps the newest within both bounds', async () => {
    for (const id of ['1', '2', '3', '4']) inbox.add(mail(id, ['a@x.test']));
    expect(await ids('/messages')).toEqual(['2', '3', '4']);
    inbox.add(mail('large', ['a@x.test'], 'x'.repeat(9_900)));
    expect(await ids('/messages')).toEqual(['large']);
    inbox.add(mail('huge', ['a@x.test'], 'x'.repeat(20_000)));
    expect(await ids('/messages')).toEqual(['huge']);
  });

  it('forgets on DELETE', async () => {
    inbox.add(mail('m1', ['ana@x.test']));
    expect((await app.inject({ method: 'DELETE', url: '/messages' })).json()).toEqual({ forgotten: 1 });
    expect(await get('/messages')).toEqual([]);
  });

  it('gives one mail, and its very bytes', async () => {
    inbox.add({ ...mail('m1', []), raw: Buffer.from([0x41, 0xff, 0x0d, 0x0a]) });
    expect((await app.inject({ url: '/messages/m1' })).json()).toMatchObject({
      id: 'm1',
      raw: 'A\u00ff\r\n',
    });
    const raw = await app.inject({ url: '/messages/m1/raw' });
    expect([...raw.rawPayload]).toEqual([0x41, 0xff, 0x0d, 0x0a]);
    expect((await app.inject({ url: '/messages/none' })).statusCode).toBe(404);
  });

  it('shows pages to a person in which nothing of a mail becomes markup', async () => {
    const raw = 'Subject: <b>hi</b>\r\nContent-Type: text/html\r\n\r\n<script>"x"</script>';
    inbox.add(mail('m1', ['<i>@x.test'], raw));
    const list = (await app.inject({ url: '/' })).body;
    expect(list).toContain('<a href="/view/m1">&lt;b&gt;hi&lt;/b&gt;</a>');
    expect(list).toContain('&lt;i&gt;@x.test');
    const view = (await app.inject({ url: '/view/m1' })).body;
    expect(view).toContain('<iframe sandbox srcdoc="&lt;script&gt;&quot;x&quot;&lt;/script&gt;');
    expect(view).not.toContain('<script>');
  });
});
