import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { TOPICS } from '#contracts/topics';
import type { KafkaBatch, Settlement } from '#platform/kafka/settle';
import { Planner } from './planner.js';

/** Reads `eg.mail-events`. */
@Controller()
export class PlanController {
  constructor(@Inject(Planner) private readonly planner: Planner) {}

  @EventPattern<string>(TOPICS.mailEvents.name)
  handle(batch: KafkaBatch): Promise<Settlement[]> {
    return this.planner.plan(batch.messages);
  }
}

@Module({})
export class PlanModule {
  static with(planner: Planner): DynamicModule {
    return {
      module: PlanModule,
      controllers: [PlanController],
      providers: [{ provide: Planner, useValue: planner }],
    };
  }
}
