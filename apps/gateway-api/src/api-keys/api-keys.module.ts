import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { AddApiKeyHandler } from './add-api-key.js';

@Module({ imports: [CqrsModule, SenderDomainModule], providers: [AddApiKeyHandler] })
export class ApiKeysModule {}
