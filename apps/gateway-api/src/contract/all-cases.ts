import { accountCases } from './cases/accounts.cases.js';
import { adminCases } from './cases/admin.cases.js';
import { credentialCases } from './cases/credentials.cases.js';
import { domainChangeCases } from './cases/domain-changes.cases.js';
import { domainCases } from './cases/domains.cases.js';
import { eventCases } from './cases/events.cases.js';
import { generalCases } from './cases/general.cases.js';
import { publicCases } from './cases/public.cases.js';
import { relayCases } from './cases/relay.cases.js';
import { sendingAccountCases } from './cases/sending-account.cases.js';
import { sendingCases } from './cases/sending.cases.js';
import type { ContractCase, Given } from './contract-case.js';
import type { World } from './world.js';

const written: readonly ContractCase[] = [
  ...domainChangeCases,
  ...domainCases,
  ...credentialCases,
  ...publicCases,
  ...eventCases,
  ...sendingCases,
  ...sendingAccountCases,
  ...relayCases,
  ...adminCases,
  ...accountCases,
];

/** A request of the owner that succeeds: the first success among the endpoint's cases. */
export function validRequest(command: string): (world: World) => Given | Promise<Given> {
  const success = written.find(({ endpoint, code }) => endpoint === command && code === 'success');
  if (success === undefined) throw new Error(`${command} has no case of a success`);
  return success.given ?? (() => ({}));
}

/** Every case of the contract. */
export const CASES: readonly ContractCase[] = [...written, ...generalCases(validRequest)];
