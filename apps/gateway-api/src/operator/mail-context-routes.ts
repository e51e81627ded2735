import type { FastifyInstance } from 'fastify';
import {
  createActionBody,
  createJourneyBody,
  createListBody,
  createSubscriberBody,
  createTemplateBody,
} from '#contracts/http/operator';
import type { Added, ContextKind, MailContext } from './mail-context.js';
import { bodyReader, readId, readNumber, readPage, type Query } from './requests.js';

const readTemplate = bodyReader(createTemplateBody);
const readList = bodyReader(createListBody);
const readSubscriber = bodyReader(createSubscriberBody);
const readJourney = bodyReader(createJourneyBody);
const readAction = bodyReader(createActionBody);

interface Resource {
  readonly kind: ContextKind;
  readonly path: string;
  /** Parameter that narrows a list to what hangs on one parent. */
  readonly parent: 'userId' | 'listId' | 'journeyId';
  readonly add: (context: MailContext, body: unknown) => Promise<Added>;
}

const RESOURCES: readonly Resource[] = [
  {
    kind: 'template',
    path: '/templates',
    parent: 'userId',
    add: (context, body) => context.addTemplate(readTemplate(body)),
  },
  {
    kind: 'list',
    path: '/lists',
    parent: 'userId',
    add(context, body) {
      const { userId, name } = readList(body);
      return context.addNamed('list', userId, name);
    },
  },
  {
    kind: 'subscriber',
    path: '/subscribers',
    parent: 'listId',
    add: (context, body) => context.addSubscriber(readSubscriber(body)),
  },
  {
    kind: 'journey',
    path: '/journeys',
    parent: 'userId',
    add(context, body) {
      const { userId, name } = readJourney(body);
      return context.addNamed('journey', userId, name);
    },
  },
  {
    kind: 'action',
    path: '/actions',
    parent: 'journeyId',
    add(context, body) {
      const { journeyId, name } = readAction(body);
      return context.addNamed('action', journeyId, name);
    },
  },
];

export function routeMailContext(server: FastifyInstance, context: MailContext): void {
  for (const { kind, path, parent, add } of RESOURCES) {
    server.post(path, async ({ body }, reply) => {
      reply.status(201);
      return add(context, body);
    });
    server.get<{ Querystring: Query }>(path, ({ query }) =>
      context.list(kind, readNumber(query, parent), readPage(query)),
    );
    server.get<{ Params: { id: string } }>(`${path}/:id`, ({ params }) =>
      context.withId(kind, readId(params.id, kind)),
    );
    server.delete<{ Params: { id: string } }>(`${path}/:id`, ({ params }) =>
      context.delete(kind, readId(params.id, kind)),
    );
  }
}
