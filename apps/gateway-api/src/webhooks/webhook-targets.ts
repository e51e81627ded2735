import { Inject, Injectable } from '@nestjs/common';
import { Resolver } from 'node:dns/promises';
import { judgeWebhookUrl } from '#domain/sender-domain/webhook-url';
import { addressRules, type AddressRules } from '#platform/net/address-rules';
import type { GatewayConfig } from '../config.js';
import { CONFIG } from '../tokens.js';

type TargetConfig = Pick<GatewayConfig, 'dnsServers' | 'dnsTimeoutMs' | 'webhookAllowCidrs'>;

/**
 * Where a webhook would lead. Asked at registration, so that a customer hears at once of a target that could never be
 * delivered to; the dispatcher checks again at each connection, because names change.
 */
@Injectable()
export class WebhookTargets {
  private readonly rules: AddressRules;
  private readonly resolver: Resolver;
  private readonly deadlineMs: number;

  constructor(@Inject(CONFIG) { dnsServers, dnsTimeoutMs, webhookAllowCidrs }: TargetConfig) {
    this.rules = addressRules(webhookAllowCidrs);
    this.resolver = new Resolver({ timeout: dnsTimeoutMs, tries: 1 });
    this.resolver.setServers([...dnsServers]);
    this.deadlineMs = dnsTimeoutMs * dnsServers.length;
  }

  /**
   * Whether any address of the URL's host lies outside global unicast and is not allowed. A name that does not resolve
   * leads nowhere yet and may be registered. A URL that is refused as it stands is not asked about.
   */
  async leadsInside(url: string): Promise<boolean> {
    const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
    if (host === '' || judgeWebhookUrl(url) !== 'allowed') return false;
    const addresses = isLiteral(host) ? [host] : await this.addresses(host);
    return addresses.some((address) => !this.rules.judge(address).allowed);
  }

  /** Each question waits by itself: one that gets no answer must not hide the address that the other one found. */
  private async addresses(host: string): Promise<readonly string[]> {
    const questions = [this.resolver.resolve4(host), this.resolver.resolve6(host)];
    return (await Promise.all(questions.map((question) => this.answer(question)))).flat();
  }

  private async answer(question: Promise<string[]>): Promise<readonly string[]> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<string[]>((resolve) => {
      timer = setTimeout(resolve, this.deadlineMs, []);
    });
    try {
      return await Promise.race([question.catch((): string[] => []), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** After the URL parser has put every notation of an IPv4 address into the dotted one. */
const isLiteral = (host: string): boolean => host.includes(':') || /^[0-9]+(\.[0-9]+){3}$/.test(host);
