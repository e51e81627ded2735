import { Module } from '@nestjs/common';
import { SenderDomains } from './sender-domains.js';

/** What domains, keys and webhooks share: the way to change a sender domain. */
@Module({ providers: [SenderDomains], exports: [SenderDomains] })
export class SenderDomainModule {}
