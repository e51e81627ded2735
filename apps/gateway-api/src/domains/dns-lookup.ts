import { Inject, Injectable } from '@nestjs/common';
import { Resolver } from 'node:dns/promises';
import { sameRecordValue, type DnsRecord, type RecordType } from '#domain/sender-domain/dns-records';
import type { GatewayConfig } from '../config.js';
import { CONFIG } from '../tokens.js';
import { VerdictCache } from './verdict-cache.js';

/** Records looked up at the same time for one call. */
const PARALLEL = 8;

/**
 * Asks the configured resolvers. One question waits `EG_DNS_TIMEOUT_MS` per server, and no longer in sum; a
 * record set of five is one round, so a call with silent resolvers takes about that long. Doubling the
 * time-out doubles how long a customer waits for "not found"; it must stay well below an HTTP client's patience.
 */
@Injectable()
export class DnsLookup {
  private readonly resolver: Resolver;
  private readonly deadlineMs: number;
  private readonly verdicts: VerdictCache;

  /** Throws when a server is no `address` or `address:port`. */
  constructor(
    @Inject(CONFIG)
    {
      dnsServers,
      dnsTimeoutMs,
      dnsCacheMs,
    }: Pick<GatewayConfig, 'dnsServers' | 'dnsTimeoutMs' | 'dnsCacheMs'>,
  ) {
    this.verdicts = new VerdictCache({ ask: (records) => this.ask(records), ttlMs: dnsCacheMs });
    this.resolver = new Resolver({ timeout: dnsTimeoutMs, tries: 1 });
    this.resolver.setServers([...dnsServers]);
    this.deadlineMs = dnsTimeoutMs * dnsServers.length;
  }

  /**
   * The records with what the DNS says of each. A look-up that fails, for whatever reason, found nothing. That all were
   * found is believed for `EG_DNS_CACHE_MS`.
   */
  check(records: readonly DnsRecord[]): Promise<readonly DnsRecord[]> {
    return this.verdicts.check(records);
  }

  private async ask(records: readonly DnsRecord[]): Promise<DnsRecord[]> {
    const checked: DnsRecord[] = [];
    for (let at = 0; at < records.length; at += PARALLEL) {
      const round = records.slice(at, at + PARALLEL);
      checked.push(
        ...(await Promise.all(
          round.map(async (record) => ({ ...record, verified: await this.isFound(record) })),
        )),
      );
    }
    return checked;
  }

  private async isFound({ host, type, value }: DnsRecord): Promise<boolean> {
    const answers = await this.answers(host, type);
    return answers.some((answer) => sameRecordValue(type, value, answer));
  }

  private async answers(host: string, type: RecordType): Promise<readonly string[]> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(resolve, this.deadlineMs, []);
    });
    const nothing = (): readonly string[] => [];
    try {
      return await Promise.race([this.resolve(host, type).catch(nothing), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async resolve(host: string, type: RecordType): Promise<readonly string[]> {
    switch (type) {
      case 'CNAME':
        return this.resolver.resolveCname(host);
      case 'A':
        return this.resolver.resolve4(host);
      case 'MX':
        return (await this.resolver.resolveMx(host)).map(
          ({ priority, exchange }) => `${priority} ${exchange}`,
        );
      case 'TXT':
        return (await this.resolver.resolveTxt(host)).map((chunks) => chunks.join(''));
    }
  }
}
