import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { MailAcceptanceModule } from '../mail-acceptance/mail-acceptance.module.js';
import { sendingEndpoints } from './sending.edge.js';
import { TargetLists } from './target-lists.js';

@Module({ imports: [MailAcceptanceModule], providers: [...handlersOf(sendingEndpoints), TargetLists] })
export class SendingModule {}
