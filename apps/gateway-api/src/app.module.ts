import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { SecretBox } from '#platform/crypto/secret-box';
import type { Batching, Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import type { Logger } from '#platform/telemetry/logger';
import { accountsEndpoints } from './accounts/accounts.edge.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { apiKeysEndpoints } from './api-keys/api-keys.edge.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import type { GatewayConfig } from './config.js';
import { domainsEndpoints } from './domains/domains.edge.js';
import { DomainsModule } from './domains/domains.module.js';
import { eventsEndpoints } from './events/events.edge.js';
import { EventsModule } from './events/events.module.js';
import type { Endpoint } from './http/endpoint.js';
import { HttpModule } from './http/http.module.js';
import { OperatorModule } from './operator/operator.module.js';
import { relayEndpoints } from './relay/relay.edge.js';
import { RelayModule } from './relay/relay.module.js';
import { sendingEndpoints } from './sending/sending.edge.js';
import { SendingModule } from './sending/sending.module.js';
import { smtpLoginsEndpoints } from './smtp-logins/smtp-logins.edge.js';
import { SmtpLoginsModule } from './smtp-logins/smtp-logins.module.js';
import { statisticsEndpoints } from './statistics/statistics.edge.js';
import { StatisticsModule } from './statistics/statistics.module.js';
import { CONFIG, DATABASE, LOGGER, SEARCH, SECRET_BOX } from './tokens.js';
import { webhooksEndpoints } from './webhooks/webhooks.edge.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** What the process opens before Nest builds the application, and closes after it. */
export interface Resources {
  readonly config: GatewayConfig;
  readonly log: Logger;
  readonly database: Database & Batching;
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

/** Every command of the API; the description of the API and its contract tests are made from this list. */
export const allEndpoints: readonly Endpoint[] = [
  ...accountsEndpoints,
  ...domainsEndpoints,
  ...apiKeysEndpoints,
  ...smtpLoginsEndpoints,
  ...webhooksEndpoints,
  ...sendingEndpoints,
  ...relayEndpoints,
  ...eventsEndpoints,
  ...statisticsEndpoints,
];

@Module({})
export class AppModule {
  static with(resources: Resources): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ResourcesModule.of(resources),
        CqrsModule.forRoot(),
        HttpModule.forEndpoints(allEndpoints),
        AccountsModule,
        DomainsModule,
        ApiKeysModule,
        SmtpLoginsModule,
        WebhooksModule,
        SendingModule,
        RelayModule,
        EventsModule,
        StatisticsModule,
        OperatorModule,
      ],
    };
  }
}
