import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { TOPICS } from '#contracts/topics';
import type { Settlement } from '#platform/kafka/settle';
import type { KafkaBatch } from '#platform/kafka/transport';
import { MailEventProjection } from './mail-event-projection.js';

@Controller()
export class MailEventsController {
  readonly #projection: MailEventProjection;

  constructor(projection: MailEventProjection) {
    this.#projection = projection;
  }

  @EventPattern<string>(TOPICS.mailEvents.name)
  handle(batch: KafkaBatch): Promise<Settlement[]> {
    return this.#projection.project(batch);
  }
}
