import type { Surface } from '../http/reply.js';
import type { TestReply } from '../http/testing/test-gateway.js';
import type { Side, World } from './world.js';

/** One credential under its parameter's name; on v1 a sender's or admin's key travels as Bearer. */
export type CredentialParameter = 'APIKey' | 'SessionID' | 'SenderAPIKey' | 'AdminAPIKey';
export type GivenCredential = Readonly<Partial<Record<CredentialParameter, unknown>>>;

/** What a case sends. */
export interface Given {
  /** Without `Command` and credential. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Absent: the owner's own. `{}`: none. */
  readonly credential?: GivenCredential;
  /** Absent: the main one. */
  readonly side?: Side;
  /** What `then` compares with. */
  readonly was?: unknown;
}

export interface ContractCase {
  readonly endpoint: string;
  readonly code: number | 'success';
  /** After the rule: `a domain of another user is not found`. */
  readonly name: string;
  /** Absent: all that the endpoint has. */
  readonly surfaces?: readonly Surface[];
  /** Absent: without parameters. */
  readonly given?: (world: World) => Given | Promise<Given>;
  /** `ErrorCode` as answered; a list where the contract answers a list. Absent: the code alone. */
  readonly answers?: number | readonly number[];
  /** Shape of the success where the seed has a second example. Absent: the endpoint's. */
  readonly like?: Readonly<Record<string, unknown>>;
  /** What else has to hold, of the reply or of the world after it. */
  readonly then?: (reply: TestReply, world: World, given: Given) => void | Promise<void>;
}
