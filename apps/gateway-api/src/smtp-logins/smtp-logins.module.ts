import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { smtpLoginsEndpoints } from './smtp-logins.edge.js';

@Module({ imports: [SenderDomainModule], providers: handlersOf(smtpLoginsEndpoints) })
export class SmtpLoginsModule {}
