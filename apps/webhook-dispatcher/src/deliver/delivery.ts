/** A due row as found: enough to take its turn. */
export interface DueRow {
  id: number;
  webhookId: number;
}

/** One delivery with everything that its attempt needs, read just before it. */
export interface Delivery {
  id: number;
  webhookId: number;
  eventId: string;
  event: string;
  userId: number;
  domainId: number;
  shard: number;
  /** Attempts made so far. */
  attempts: number;
  /** The event document, JSON. */
  payload: string;
  /** Milliseconds since planning, by the database's clock. */
  ageMs: number;
  /** Null when the webhook does not exist or is not of this user and domain. */
  url: string | null;
  webhookStatus: string | null;
  /** Whether the webhook has had no success since a failure. */
  failing: boolean;
  /** Null when the domain does not exist or is not of this user. */
  domainStatus: string | null;
  /** The domain's own signing key, sealed; null until it rotates the first time. */
  signingKeyCipher: Buffer | null;
}

/** What becomes of a row. */
export type Verdict =
  /** A 2xx came. */
  | { state: 'delivered' }
  /** Again after `delayMs`. */
  | { state: 'pending'; delayMs: number }
  /** The schedule is used up. Kept, and can be sent again by an operator. */
  | { state: 'failed' }
  /** Nobody wants it any more. With `disable` the webhook is switched off for that reason. */
  | { state: 'dropped'; reason: string; disable?: string };

/** What is recorded about one row. */
export interface Outcome {
  delivery: Delivery;
  verdict: Verdict;
  /** Null when no request was made. */
  attempt: Attempt | null;
  /** Why there was no success; empty after 2xx. */
  error: string;
  /** Fencing token of the shard under which the row was read. */
  token: number;
}

export interface Attempt {
  /** 1 for the first. */
  number: number;
  /** Unix milliseconds. */
  at: number;
  host: string;
  status: number | null;
  durationMs: number;
}
