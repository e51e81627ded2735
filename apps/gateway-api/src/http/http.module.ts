import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Batching, Database } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import type { GatewayConfig } from '../config.js';
import { CONFIG, DATABASE, LOGGER } from '../tokens.js';
import { ApiRoutes } from './api.routes.js';
import { Authentication } from './authentication.js';
import { BodyReader } from './body/body-reader.js';
import { DescriptionController } from './description/description.controller.js';
import { Dispatcher } from './dispatcher.js';
import type { Endpoint } from './endpoint.js';
import { EnvelopeFilter } from './envelope.filter.js';
import { RateLimit } from './rate-limit/rate-limit.js';
import { RequestLimiter } from './rate-limit/request-limiter.js';
import { WindowsTable } from './rate-limit/windows-table.js';
import { EndpointRegistry } from './registry.js';

@Module({})
export class HttpModule {
  static forEndpoints(endpoints: readonly Endpoint[]): DynamicModule {
    return {
      module: HttpModule,
      imports: [CqrsModule],
      controllers: [DescriptionController],
      providers: [
        { provide: EndpointRegistry, useValue: new EndpointRegistry(endpoints) },
        EnvelopeFilter,
        { provide: APP_FILTER, useExisting: EnvelopeFilter },
        {
          provide: BodyReader,
          inject: [CONFIG],
          useFactory: (config: GatewayConfig) => new BodyReader(config),
        },
        {
          provide: RequestLimiter,
          inject: [DATABASE, CONFIG, LOGGER],
          useFactory: (
            database: Database & Batching,
            { rateLimitPerMinute: limit }: GatewayConfig,
            log: Logger,
          ) => new RequestLimiter(new WindowsTable(database, limit), limit, log),
        },
        RateLimit,
        Authentication,
        Dispatcher,
        ApiRoutes,
      ],
    };
  }
}
