import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { statisticsEndpoints } from './statistics.edge.js';

@Module({ imports: [SenderDomainModule], providers: handlersOf(statisticsEndpoints) })
export class StatisticsModule {}
