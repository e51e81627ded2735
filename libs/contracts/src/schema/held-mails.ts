import { TABLE } from './table.js';

/**
 * Mail of a stopped sender is `held`: not among the rows that senders claim, however much there is. A row of `eg_held_domains` says
 * that a domain may have such mail. It is locked before held rows are made, released or dropped, so that none is ever left without it.
 */
export const heldMails: readonly string[] = [
  `ALTER TABLE eg_send_queue
    MODIFY COLUMN state ENUM('queued','sending','sent','failed','held') NOT NULL DEFAULT 'queued'`,
  `CREATE TABLE eg_held_domains (
    domain_id INT UNSIGNED NOT NULL,
    since DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (domain_id)
  ) ${TABLE}`,
];
