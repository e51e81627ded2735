import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { WebhookTargets } from './webhook-targets.js';
import { webhooksEndpoints } from './webhooks.edge.js';

@Module({ imports: [SenderDomainModule], providers: [WebhookTargets, ...handlersOf(webhooksEndpoints)] })
export class WebhooksModule {}
