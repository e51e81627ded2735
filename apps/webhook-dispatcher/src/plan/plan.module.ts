import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { KafkaBatch, Settlement } from '#platform/kafka/settle';
import { Planner } from './planner.js';

@Module({})
export class PlanModule {
  /** The module whose controller hands every batch of `topic` to the planner. */
  static reading(topic: string, planner: Planner): DynamicModule {
    @Controller()
    class MailEventsController {
      constructor(@Inject(Planner) private readonly plans: Planner) {}

      @EventPattern<string>(topic)
      handle(batch: KafkaBatch): Promise<Settlement[]> {
        return this.plans.plan(batch.messages);
      }
    }
    return {
      module: PlanModule,
      controllers: [MailEventsController],
      providers: [{ provide: Planner, useValue: planner }],
    };
  }
}
