import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { AddWebhookHandler } from './add-webhook.js';
import { GetWebhooksHandler } from './get-webhooks.js';

@Module({ imports: [CqrsModule, SenderDomainModule], providers: [AddWebhookHandler, GetWebhooksHandler] })
export class WebhooksModule {}
