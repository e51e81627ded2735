import { Readable } from 'node:stream';

import { fastify, type FastifyInstance } from 'fastify';

import { firstHeader, headerFields } from '../mta/headers.js';
import { showMail, type Inbox, type KeptMail } from './inbox.js';
import { listPage, mailPage } from './inbox.page.js';

const LISTED_ON_PAGE = 200;

/** A JSON array in pieces: ten thousand mails don't fit into one string. */
async function* jsonArray(mails: readonly KeptMail[]): AsyncGenerator<string> {
  yield '[';
  for (const [index, mail] of mails.entries()) {
    yield `${index === 0 ? '' : ','}${JSON.stringify(await showMail(mail))}`;
  }
  yield ']';
}

/** `GET /messages[?to=][&limit=]`, `GET /messages/:id[/raw]`, `DELETE /messages`, and pages for a person. */
export function inboxServer(inbox: Inbox): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  const text = { type: 'string' } as const;

  app.get<{ Querystring: { to?: string; limit?: number } }>(
    '/messages',
    {
      schema: {
        querystring: {
          type: 'object',
          properties: { to: text, limit: { type: 'integer', minimum: 1 } },
        },
      },
    },
    (request, reply) => {
      const { to, limit } = request.query;
      const mails = inbox.list(to);
      const newest = limit === undefined ? mails : mails.slice(-limit);
      return reply.type('application/json; charset=utf-8').send(Readable.from(jsonArray(newest)));
    },
  );

  app.delete('/messages', () => ({ forgotten: inbox.clear() }));

  app.get<{ Params: { id: string } }>('/messages/:id', async (request, reply) => {
    const mail = inbox.get(request.params.id);
    return mail === undefined ? reply.code(404).send({ error: 'no such mail' }) : showMail(mail);
  });

  app.get<{ Params: { id: string } }>('/messages/:id/raw', (request, reply) => {
    const mail = inbox.get(request.params.id);
    if (mail === undefined) return reply.code(404).send({ error: 'no such mail' });
    return reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff').send(mail.raw);
  });

  app.get('/', async (_request, reply) => {
    const newest = inbox.list().slice(-LISTED_ON_PAGE).reverse();
    const subjects = new Map<string, string>();
    for (const mail of newest) {
      const raw = firstHeader(headerFields(mail.raw), 'subject') ?? '';
      // Only encoded words need the parser.
      subjects.set(mail.id, raw.includes('=?') ? (await showMail(mail)).subject : raw);
    }
    return reply.type('text/html; charset=utf-8').send(listPage(newest, subjects, inbox.size));
  });

  app.get<{ Params: { id: string } }>('/view/:id', async (request, reply) => {
    const mail = inbox.get(request.params.id);
    if (mail === undefined) return reply.code(404).send({ error: 'no such mail' });
    return reply.type('text/html; charset=utf-8').send(mailPage(await showMail(mail)));
  });

  return app;
}
