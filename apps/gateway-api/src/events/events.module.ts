import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { eventsEndpoints } from './events.edge.js';

@Module({ providers: handlersOf(eventsEndpoints) })
export class EventsModule {}
