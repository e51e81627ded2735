import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { domainToASCII } from 'node:url';
import { ERRORS } from '#contracts/errors/catalogue';
import { normalizeDomainName } from '#domain/sender-domain/domain-name';
import { isRelayHost, relayCandidates, takesBounces } from '#domain/sender-domain/relay-hosts';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { defaultNaming } from '../sender-domain/host-naming.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { RELAY_COLUMNS, relayFacts, type RelayRow } from './relay-facts.js';

export interface RelayDomain {
  readonly relayDomain: string;
}

/** Whether inbound mail servers accept mail for a domain, or for the domain of an address. */
export class InboundRelayCheck extends Query<Outcome<RelayDomain>> {
  constructor(
    /** As the mail server got it: a bare domain or a whole address. */
    readonly recipient: string,
  ) {
    super();
  }
}

/** Runs on the index of names, whatever the number of domains. */
export const LOOK_UP = `SELECT ${RELAY_COLUMNS} FROM oempro_eg_domains
  WHERE SenderDomain IN (?) AND Status <> 'Deleted'`;

@QueryHandler(InboundRelayCheck)
export class InboundRelayCheckHandler implements IQueryHandler<InboundRelayCheck> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG)
    private readonly config: Pick<
      GatewayConfig,
      'relayDomains' | 'dnsSubdomain' | 'dnsTrackPrefix' | 'dnsTrackMerge'
    >,
  ) {}

  async execute({ recipient }: InboundRelayCheck): Promise<Outcome<RelayDomain>> {
    const host = hostOf(recipient);
    const isOurs =
      host !== '' &&
      (this.config.relayDomains.some((domain) => normalizeDomainName(domain) === host) ||
        (await this.isOfSenderDomain(host)));
    return isOurs ? { relayDomain: host } : refuse(ERRORS['inbound-relay-domain-check'].denied);
  }

  /** A host is looked up by the names of the domains it can belong to, which are indexed; return path hosts are not stored. */
  private async isOfSenderDomain(host: string): Promise<boolean> {
    const defaults = defaultNaming(this.config);
    const candidates = relayCandidates(host, defaults);
    if (candidates.length === 0) return false;
    const rows = await this.database.query<RelayRow>(LOOK_UP, [candidates]);
    return rows
      .map((row) => relayFacts(row, defaults))
      .some((facts) => takesBounces(facts) && isRelayHost(host, facts));
  }
}

/** The part after the last `@` in the form in which names are stored; empty when it is no name. */
function hostOf(recipient: string): string {
  const name = normalizeDomainName(recipient.slice(recipient.lastIndexOf('@') + 1));
  return /^[\x21-\x7e]*$/.test(name) ? name : domainToASCII(name);
}
