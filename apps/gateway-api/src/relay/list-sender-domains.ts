import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { mfromHost } from '#domain/sender-domain/dns-records';
import { takesBounces } from '#domain/sender-domain/relay-hosts';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { defaultNaming } from '../sender-domain/host-naming.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { formatOf, type ListFormat } from './domain-list-format.js';
import { RELAY_COLUMNS, relayFacts, type RelayRow } from './relay-facts.js';

export interface DomainList {
  readonly format: ListFormat;
  /** Lower case, sorted, each once. Sender domains for `json`, return path hosts for PowerMTA. */
  readonly names: readonly string[];
}

/** The domains of all users, for the configuration of PowerMTA. */
export class ListSenderDomains extends Query<Outcome<DomainList>> {
  constructor(readonly format: string) {
    super();
  }
}

const ROWS_PER_PAGE = 5000;

/** Read to the end before anything is answered: half a list would make PowerMTA refuse the mail of the other half. */
@QueryHandler(ListSenderDomains)
export class ListSenderDomainsHandler implements IQueryHandler<ListSenderDomains> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG)
    private readonly config: Pick<GatewayConfig, 'dnsSubdomain' | 'dnsTrackPrefix' | 'dnsTrackMerge'>,
  ) {}

  async execute({ format: asked }: ListSenderDomains): Promise<Outcome<DomainList>> {
    const format = formatOf(asked);
    if (format === undefined) return refuse(ERRORS['sender.domains'].formatInvalid);
    return { format, names: format === 'json' ? await this.enabledDomains() : await this.bounceHosts() };
  }

  private async enabledDomains(): Promise<string[]> {
    const names: string[] = [];
    for (;;) {
      const page = await this.database.query<{ SenderDomain: string }>(
        `SELECT DISTINCT SenderDomain FROM oempro_eg_domains
         WHERE Status = 'Enabled' AND SenderDomain > ? ORDER BY SenderDomain LIMIT ?`,
        [names.at(-1) ?? '', ROWS_PER_PAGE],
      );
      for (const { SenderDomain } of page) names.push(SenderDomain);
      if (page.length < ROWS_PER_PAGE) return names;
    }
  }

  private async bounceHosts(): Promise<string[]> {
    const defaults = defaultNaming(this.config);
    const hosts = new Set<string>();
    let last = 0;
    for (;;) {
      const page = await this.database.query<RelayRow>(
        `SELECT ${RELAY_COLUMNS} FROM oempro_eg_domains
         WHERE Status <> 'Deleted' AND DomainID > ? ORDER BY DomainID LIMIT ?`,
        [last, ROWS_PER_PAGE],
      );
      for (const row of page) {
        const facts = relayFacts(row, defaults);
        if (takesBounces(facts)) hosts.add(mfromHost(facts.name, facts.naming).toLowerCase());
        last = row.DomainID;
      }
      if (page.length < ROWS_PER_PAGE) return [...hosts].sort();
    }
  }
}
