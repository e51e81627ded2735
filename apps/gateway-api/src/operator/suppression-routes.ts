import type { FastifyInstance } from 'fastify';
import { suppressionsBody } from '#contracts/http/operator';
import { bodyReader, readNumber, readPage, type Query } from './requests.js';
import type { Suppressions } from './suppressions.js';

const readSuppressions = bodyReader(suppressionsBody);

export function routeSuppressions(server: FastifyInstance, suppressions: Suppressions): void {
  server.get<{ Querystring: Query }>('/suppressions', ({ query }) => {
    const { address } = query;
    return suppressions.list({
      ...readPage(query),
      userId: readNumber(query, 'userId'),
      address: typeof address === 'string' ? address : undefined,
    });
  });
  server.post('/suppressions', ({ body }) => suppressions.add(readSuppressions(body)));
  server.delete('/suppressions', ({ body }) => suppressions.remove(readSuppressions(body)));
}
