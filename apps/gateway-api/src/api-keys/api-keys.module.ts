import { Module } from '@nestjs/common';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { AddApiKeyHandler } from './add-api-key.js';

@Module({ imports: [SenderDomainModule], providers: [AddApiKeyHandler] })
export class ApiKeysModule {}
