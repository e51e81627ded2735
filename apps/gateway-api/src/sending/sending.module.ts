import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { sendingEndpoints } from './sending.edge.js';

@Module({ providers: handlersOf(sendingEndpoints) })
export class SendingModule {}
