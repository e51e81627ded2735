import type { Credential } from '../../http/caller.js';
import type { Privilege } from '#contracts/http/operator';
import type { Route } from '../../http/endpoint.js';

/** One line of an endpoint's list of codes. */
export interface SeedCode {
  readonly code: number;
  /** Text of the list, for the reader of a failed test; replies may word it differently. */
  readonly text: string;
  /** HTTP status on v1; endpoints without v1 route have none. */
  readonly v1Status?: number;
  /** The legacy envelope answers on v1 as well. */
  readonly legacyBody?: true;
  /** Not in the seed: taken over from the contract notes, or of this project. */
  readonly added?: 'notes' | 'project';
  /** Why no request can lead to it. Everything else needs a case. */
  readonly unreachable?: string;
}

/** Rows that a parameter names and that have to be the caller's. */
export type OwnedKind = 'domain' | 'api-key' | 'smtp-login' | 'webhook';

/** One section of the seed, in its own words. */
export interface SeedEndpoint {
  readonly heading: string;
  readonly command: string;
  readonly v1?: Route;
  readonly credential: Credential;
  readonly privilege?: Privilege;
  /** Required parameters with their codes, in check order. */
  readonly required: readonly (readonly [parameter: string, code: number])[];
  /** What is missing is told one at a time, as a scalar. Absent: all together, as a list. */
  readonly missingIsScalar?: true;
  /** Ids of rows, with the code for every id that is not the caller's. */
  readonly owned: readonly { readonly parameter: string; readonly kind: OwnedKind; readonly code: number }[];
  readonly codes: readonly SeedCode[];
  /** The seed's example of a success (`shape.ts`), without `Success` and `ErrorCode`; `text`: no JSON object. */
  readonly reply: Readonly<Record<string, unknown>> | 'text';
}

export const code = (number: number, text: string, more: Omit<SeedCode, 'code' | 'text'> = {}): SeedCode => ({
  code: number,
  text,
  ...more,
});

/** Of every private command: both stand in the seed's credentials and permissions, `accountstats` names the first. */
const ACCESS = [
  code(99998, 'Authentication failure or session expired'),
  code(99999, 'Not enough privileges', { added: 'notes' }),
];

type Private = Omit<SeedEndpoint, 'credential' | 'privilege' | 'required' | 'owned'> &
  Partial<Pick<SeedEndpoint, 'privilege' | 'required' | 'owned'>>;

/** A command for a user's key or session. */
export const privateCommand = (endpoint: Private): SeedEndpoint => ({
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  required: [],
  owned: [],
  ...endpoint,
  codes: [...endpoint.codes, ...ACCESS],
});

/** A command that nobody has to be known for. */
export const anonymousCommand = (endpoint: Private): SeedEndpoint => ({
  credential: 'anonymous',
  required: [],
  owned: [],
  ...endpoint,
});

export const DOMAIN_ID_MISSING = code(1, 'Missing required parameter (DomainID)');
const DOMAIN_NOT_FOUND = code(2, 'Domain not found or access denied');

/** Most commands take one domain, and say 1 without it and 2 for one that is not the caller's. */
export const ofOneDomain = {
  required: [['DomainID', 1]],
  owned: [{ parameter: 'DomainID', kind: 'domain', code: 2 }],
  codes: [DOMAIN_ID_MISSING, DOMAIN_NOT_FOUND],
} as const satisfies Partial<SeedEndpoint>;
