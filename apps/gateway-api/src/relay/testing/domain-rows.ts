import type { TestGateway } from '../../http/testing/test-gateway.js';

export type Records = Record<string, [string, string] | [string, string, boolean]>;
export interface DomainWish {
  readonly status?: string;
  readonly options?: object;
  readonly records?: Records | [];
}
export const VERIFIED: Records = {
  'a.example.com': ['CNAME', 'x', true],
  'b.example.com': ['TXT', 'y', true],
};
export const HALF: Records = { ...VERIFIED, 'c.example.com': ['TXT', 'z', false] };
export const UNCHECKED: Records = { 'a.example.com': ['CNAME', 'x'] };

let lastId = 0;
/** Straight into the table: what is tested is how rows are read. */
export async function insertDomain(
  { database }: Pick<TestGateway, 'database'>,
  name: string,
  wish: DomainWish = {},
  userId = (lastId += 1),
): Promise<void> {
  const { status = 'Enabled', options = {}, records = [] } = wish;
  await database.execute(
    `INSERT INTO oempro_eg_domains (DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, PolicyMeta,
       Version, CreatedAt, UpdatedAt) VALUES (?, ?, ?, ?, ?, ?, '[]', 1, NOW(6), NOW(6))`,
    [(lastId += 1), userId, name, status, JSON.stringify(options), JSON.stringify({ DNSRecords: records })],
  );
}
