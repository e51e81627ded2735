import ipaddr from 'ipaddr.js';

/** Why an address may not be a target; `allowed` when it may. */
export type AddressVerdict = { allowed: true } | { allowed: false; range: string };

export type AddressRules = { judge(address: string): AddressVerdict };

type Parsed = ReturnType<typeof ipaddr.parse>;

/** The only IPv6 block that IANA hands out as global unicast; `ipaddr.js` calls the unassigned rest "unicast" too. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Rules for the addresses that requests on behalf of others may go to: global unicast, or inside one of `allowedCidrs`.
 *
 * An IPv6 address that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) is refused as a whole:
 * where it really leads is decided by a translator on the way, not by us. An allowed IPv4 block therefore does not
 * allow the mapped form of its addresses.
 *
 * @param allowedCidrs blocks such as `127.0.0.1/32` or `fd00::/8`
 * @throws {Error} naming the block that can't be read
 */
export function addressRules(allowedCidrs: readonly string[]): AddressRules {
  const allowed = allowedCidrs.map(parseCidr);
  return {
    judge(address) {
      if (!ipaddr.isValid(address)) return { allowed: false, range: 'not an address' };
      const parsed = ipaddr.parse(address);
      if (allowed.some(([block, bits]) => block.kind() === parsed.kind() && parsed.match(block, bits))) {
        return { allowed: true };
      }
      const range = rangeOf(parsed);
      return range === 'unicast' ? { allowed: true } : { allowed: false, range };
    },
  };
}

function rangeOf(address: Parsed): string {
  const range = address.range();
  if (range !== 'unicast' || address.kind() === 'ipv4') return range;
  return address.match(GLOBAL_UNICAST_V6[0], GLOBAL_UNICAST_V6[1]) ? 'unicast' : 'not global unicast';
}

function parseCidr(cidr: string): [Parsed, number] {
  if (!ipaddr.isValidCIDR(cidr))
    throw new Error(`"${cidr}" is not a CIDR block such as 10.0.0.0/8 or fd00::/8`);
  return ipaddr.parseCIDR(cidr);
}
