import type { Queryable } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';

export interface SmtpLogin {
  readonly smtpId: number;
  readonly username: string;
}

/** The only moments at which a password is known. */
export interface SmtpLoginWithPassword extends SmtpLogin {
  readonly password: string;
}

/** Where customers submit mail. */
export type SmtpServer = Pick<GatewayConfig, 'smtpHost' | 'smtpPorts'>;

/**
 * The login and its domain, which never changes. Only the user's own is looked up: a foreign id must not even be told
 * apart by the time that hashing a password takes. Whether the login may still be changed, the rule says.
 */
export async function findLogin(
  q: Queryable,
  userId: number,
  smtpId: number,
): Promise<(SmtpLogin & { readonly domainId: number }) | undefined> {
  const [row] = await q.query<{ DomainID: number; SMTPUsername: string }>(
    `SELECT DomainID, SMTPUsername FROM oempro_eg_smtp_credentials
     WHERE SMTPID = ? AND UserID = ? AND Status <> 'Deleted'`,
    [smtpId, userId],
  );
  return row === undefined ? undefined : { smtpId, username: row.SMTPUsername, domainId: row.DomainID };
}
