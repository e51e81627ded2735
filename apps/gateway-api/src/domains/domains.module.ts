import { Module } from '@nestjs/common';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { AddDomainHandler } from './add-domain.js';
import { DnsLookup } from './dns-lookup.js';
import { GetDomainHandler } from './get-domain.js';
import { SetDomainStatusHandler } from './set-domain-status.js';
import { VerifyDomainHandler } from './verify-domain.js';

@Module({
  imports: [SenderDomainModule],
  providers: [DnsLookup, AddDomainHandler, GetDomainHandler, SetDomainStatusHandler, VerifyDomainHandler],
})
export class DomainsModule {}
