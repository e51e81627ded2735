import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { relayEndpoints } from './relay.edge.js';

@Module({ imports: [SenderDomainModule], providers: handlersOf(relayEndpoints) })
export class RelayModule {}
