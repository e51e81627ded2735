import { Module, type DynamicModule } from '@nestjs/common';
import { ElasticsearchSearchClient } from '#platform/search/search-client';
import { EventIndices } from './mail-events/event-indices.js';
import { MailEventProjection } from './mail-events/mail-event-projection.js';
import { MailEventsController } from './mail-events/mail-events.controller.js';

/** The read side's writer. It holds nothing that could send a mail or a webhook, so a replay is safe by construction. */
@Module({ controllers: [MailEventsController], providers: [MailEventProjection] })
export class ProjectorModule {
  static with(search: ElasticsearchSearchClient, indices: EventIndices): DynamicModule {
    return {
      module: ProjectorModule,
      providers: [
        { provide: ElasticsearchSearchClient, useValue: search },
        { provide: EventIndices, useValue: indices },
      ],
    };
  }
}
