import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { DnsLookup } from './dns-lookup.js';
import { domainsEndpoints } from './domains.edge.js';
import { SetDomainStatusHandler } from './set-domain-status.js';

@Module({
  imports: [SenderDomainModule],
  providers: [DnsLookup, SetDomainStatusHandler, ...handlersOf(domainsEndpoints)],
})
export class DomainsModule {}
