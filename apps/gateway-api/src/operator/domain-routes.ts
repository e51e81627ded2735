import type { FastifyInstance } from 'fastify';
import { setDomainStatusBody } from '#contracts/http/operator';
import type { OperatorDomains } from './domains.js';
import { bodyReader, readId } from './requests.js';

const readSetDomainStatus = bodyReader(setDomainStatusBody);

export function routeDomains(server: FastifyInstance, domains: OperatorDomains): void {
  server.get('/domains', () => domains.list());
  server.get<{ Params: { domain: string } }>('/domains/:domain', ({ params }) =>
    domains.withId(readId(params.domain, 'domain')),
  );
  server.put<{ Params: { domain: string } }>('/domains/:domain/status', ({ params, body }) =>
    domains.setStatus(readId(params.domain, 'domain'), readSetDomainStatus(body).status),
  );
  server.get<{ Params: { domain: string } }>('/domains/:domain/dns-records', async ({ params }) => ({
    records: await domains.wantedRecords(params.domain),
  }));
}
