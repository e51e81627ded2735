import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import type { Logger } from '#platform/telemetry/logger';
import { apiKeysEndpoints } from './api-keys/api-keys.edge.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import type { GatewayConfig } from './config.js';
import { domainsEndpoints } from './domains/domains.edge.js';
import { DomainsModule } from './domains/domains.module.js';
import { eventsEndpoints } from './events/events.edge.js';
import { EventsModule } from './events/events.module.js';
import { HttpModule } from './http/http.module.js';
import { OperatorModule } from './operator/operator.module.js';
import { sendingEndpoints } from './sending/sending.edge.js';
import { SendingModule } from './sending/sending.module.js';
import { CONFIG, DATABASE, LOGGER, SEARCH, SECRET_BOX } from './tokens.js';
import { webhooksEndpoints } from './webhooks/webhooks.edge.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** What the process opens before Nest builds the application, and closes after it. */
export interface Resources {
  readonly config: GatewayConfig;
  readonly log: Logger;
  readonly database: Database;
  readonly search: SearchClient;
}

/** What every feature may inject, by the tokens of `tokens.ts`. */
@Global()
@Module({})
class ResourcesModule {
  static of({ config, log, database, search }: Resources): DynamicModule {
    const providers: Provider[] = [
      { provide: CONFIG, useValue: config },
      { provide: LOGGER, useValue: log },
      { provide: DATABASE, useValue: database },
      { provide: SEARCH, useValue: search },
      { provide: SECRET_BOX, useValue: new SecretBox(config.masterKey) },
    ];
    return { module: ResourcesModule, providers, exports: providers };
  }
}

const endpoints = [
  ...domainsEndpoints,
  ...apiKeysEndpoints,
  ...webhooksEndpoints,
  ...sendingEndpoints,
  ...eventsEndpoints,
];

@Module({})
export class AppModule {
  static with(resources: Resources): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ResourcesModule.of(resources),
        CqrsModule.forRoot(),
        HttpModule.forEndpoints(endpoints),
        DomainsModule,
        ApiKeysModule,
        WebhooksModule,
        SendingModule,
        EventsModule,
        OperatorModule,
      ],
    };
  }
}
