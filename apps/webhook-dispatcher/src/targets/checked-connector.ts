import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import type { AddressRules } from '#platform/net/address-rules';

/** The target's address is one that no webhook may be sent to. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** The target's host name has no address, or the resolver did not answer. */
export class TargetUnresolved extends Error {
  override readonly name = 'TargetUnresolved';
}

/**
 * One question to one server; a second try after it. Both must fit into the attempt's time-out (EG_WEBHOOK_TIMEOUT_MS),
 * or a name server that lost a packet shows as a receiver that hangs.
 */
const RESOLVER = { timeout: 1_500, tries: 2 };

/** How long a host that has IPv4 addresses waits for its IPv6 ones (RFC 8305, "Resolution Delay"). */
const SECOND_FAMILY_MS = 50;

/** A host with more addresses than this is tried at these. */
const MAX_ADDRESSES = 8;

/**
 * An undici connector that opens connections only to addresses the rules allow. The check sits in the look-up of the
 * socket itself: what was checked is what is connected, whatever the name answers a moment later. One refused address
 * refuses the host, because a mixed answer is how names are rebound.
 *
 * @param dnsServers `host` or `host:port`; the machine's own hosts file and resolver are never asked
 */
export function checkedConnector(options: {
  rules: AddressRules;
  dnsServers: readonly string[];
  connectTimeoutMs: number;
}): buildConnector.connector {
  const { rules } = options;
  const resolver = new Resolver(RESOLVER);
  resolver.setServers(options.dnsServers);
  const resolve = callbackify((host: string) => resolveChecked(resolver, rules, host));
  const lookup: LookupFunction = (host, request, callback) =>
    resolve(host, (error, found) => {
      if (error) callback(error, '', 0);
      else if (request.all) callback(null, found);
      else callback(null, found[0].address, found[0].family);
    });
  const connect = buildConnector({
    lookup,
    autoSelectFamily: true,
    timeout: options.connectTimeoutMs,
    allowH2: false,
    rejectUnauthorized: true,
  });
  return (target, callback) => {
    // A literal address is never looked up, so it is checked here.
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    const refusal = isIP(literal) ? refusalOf(rules, literal) : undefined;
    if (refusal) callback(refusal, null);
    else connect(target, callback);
  };
}

interface Address {
  address: string;
  family: 4 | 6;
}

async function resolveChecked(
  resolver: Resolver,
  rules: AddressRules,
  host: string,
): Promise<[Address, ...Address[]]> {
  const asked6 = answer(resolver.resolve6(host), 6);
  const four = await answer(resolver.resolve4(host), 4);
  const six =
    four.addresses.length > 0
      ? await Promise.race([asked6, delay(SECOND_FAMILY_MS, NOTHING, { ref: false })])
      : await asked6;
  const [first, ...others] = [...four.addresses, ...six.addresses].slice(0, MAX_ADDRESSES);
  if (!first) throw new TargetUnresolved(`host name not resolved: ${four.reason}`);
  const refusal = [first, ...others].map(({ address }) => refusalOf(rules, address)).find(Boolean);
  if (refusal) throw refusal;
  return [first, ...others];
}

interface Answer {
  addresses: Address[];
  reason: string;
}

const NOTHING: Answer = { addresses: [], reason: 'no answer' };

async function answer(question: Promise<string[]>, family: 4 | 6): Promise<Answer> {
  try {
    return { addresses: (await question).map((address) => ({ address, family })), reason: 'no address' };
  } catch (error) {
    return { addresses: [], reason: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

function refusalOf(rules: AddressRules, address: string): TargetRefused | undefined {
  const verdict = rules.judge(address);
  return verdict.allowed ? undefined : new TargetRefused(`target refused: ${address} is ${verdict.range}`);
}
