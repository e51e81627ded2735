import type { Fate, Outcome } from './fate.js';

/** A row that is still to be written, at `at` (epoch milliseconds). */
export interface PlannedRow {
  outcome: Outcome;
  at: number;
}

export interface MailRecipient {
  /** RCPT TO as received. */
  address: string;
  /** ORCPT, xtext decoded, with its address type (`rfc822;…`); empty when not given. */
  orcpt: string;
  fate: Fate;
  plan: PlannedRow[];
}

/** A mail that was accepted: what accounting rows say about it. Kept in the spool until all rows are written. */
export interface AcceptedMail {
  id: string;
  /** Epoch milliseconds. */
  acceptedAt: number;
  /** MAIL FROM as received; empty for the null sender. */
  sender: string;
  /** ENVID, xtext decoded; empty when not given. */
  envId: string;
  /** Name given with EHLO, and the two ends of the connection. */
  helo: string;
  sourceIp: string;
  destinationIp: string;
  /** Bytes of the message. */
  size: number;
  /** Raw, unfolded header text by column name without its `header_`. Absent headers are empty. */
  headers: Record<string, string>;
  /** X-Job; empty when not given. */
  jobId: string;
  recipients: MailRecipient[];
}
