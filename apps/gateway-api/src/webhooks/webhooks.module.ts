import { Module } from '@nestjs/common';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { AddWebhookHandler } from './add-webhook.js';
import { GetWebhooksHandler } from './get-webhooks.js';

@Module({ imports: [SenderDomainModule], providers: [AddWebhookHandler, GetWebhooksHandler] })
export class WebhooksModule {}
