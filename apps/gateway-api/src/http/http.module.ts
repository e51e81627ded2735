import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { ApiController } from './api.controller.js';
import { Authentication } from './authentication.js';
import { Dispatcher } from './dispatcher.js';
import type { Endpoint } from './endpoint.js';
import { EnvelopeFilter } from './envelope.filter.js';
import { EndpointRegistry } from './registry.js';

@Module({})
export class HttpModule {
  static forEndpoints(endpoints: readonly Endpoint[]): DynamicModule {
    return {
      module: HttpModule,
      imports: [CqrsModule],
      controllers: [ApiController],
      providers: [
        { provide: EndpointRegistry, useValue: new EndpointRegistry(endpoints) },
        { provide: APP_FILTER, useClass: EnvelopeFilter },
        Authentication,
        Dispatcher,
      ],
    };
  }
}
