import type { Queryable } from '../database/database.js';

/**
 * The next number of a sequence, from 1. Unlike AUTO_INCREMENT it is known before the row is written. Numbers may be
 * skipped, never repeated. Call it outside a transaction: inside, the sequence is locked until the commit.
 */
export async function nextId(db: Queryable, name: string): Promise<number> {
  const { insertId } = await db.execute(
    `INSERT INTO sequences (name, value) VALUES (?, LAST_INSERT_ID(1))
     ON DUPLICATE KEY UPDATE value = LAST_INSERT_ID(value + 1)`,
    [name],
  );
  return insertId;
}
