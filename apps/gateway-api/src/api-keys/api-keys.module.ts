import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { apiKeysEndpoints } from './api-keys.edge.js';

@Module({ imports: [SenderDomainModule], providers: handlersOf(apiKeysEndpoints) })
export class ApiKeysModule {}
