import { Inject, Injectable } from '@nestjs/common';
import { PRIVILEGES, type CreateGroupBody, type UpdateGroupBody } from '#contracts/http/operator';
import { dnsTemplate } from '#domain/sender-domain/dns-records';
import { isDuplicateKey, type Database, type SqlValue } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { limitColumns, type ShownLimits } from './limit-columns.js';
import { OperatorError } from './operator-error.js';

export const DEFAULT_GROUP = 'Default';
const EVERY_PRIVILEGE = '*';

/** A group as operators see it. */
export interface Group extends ShownLimits<number> {
  readonly GroupID: number;
  readonly Name: string;
  /** `*`, or privileges with commas and no spaces. */
  readonly Privileges: string;
  /** 0 = unlimited. */
  readonly LimitEmailGatewaySenderDomains: number;
  readonly EmailGatewayNewDomainManualApproval: 'Enabled' | 'Disabled';
  readonly EmailGatewayDNSTemplate: string;
  readonly CreatedAt: Date;
}

const COLUMNS = `GroupID, Name, Privileges, LimitEmailGatewaySenderDomains, EmailGatewayNewDomainManualApproval,
  EmailGatewayDNSTemplate, LimitEmailSendPerDay, LimitEmailSendPerPeriod, LimitEmailSendLifetime, RateLimits, CreatedAt`;

type TemplatesConfig = Pick<GatewayConfig, 'dnsTemplates'>;

/** User groups: the privileges and limits of accounts. */
@Injectable()
export class Groups {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: TemplatesConfig,
  ) {}

  list(): Promise<Group[]> {
    return this.database.query<Group>(`SELECT ${COLUMNS} FROM oempro_user_groups ORDER BY GroupID`);
  }

  /** @throws OperatorError not-found */
  async named(name: string): Promise<Group> {
    const [group] = await this.database.query<Group>(
      `SELECT ${COLUMNS} FROM oempro_user_groups WHERE Name = ?`,
      [name],
    );
    if (group === undefined) throw new OperatorError('not-found', `There is no group ${name}`);
    return group;
  }

  /** Without privileges in the body the group holds all of them. @throws OperatorError invalid, conflict */
  async create(body: CreateGroupBody): Promise<Group> {
    const name = body.name.trim();
    const values = { ...body, privileges: body.privileges ?? EVERY_PRIVILEGE };
    const columns = { Name: name, ...columnsOf(values, this.config) };
    const names = Object.keys(columns);
    try {
      await this.database.execute(
        `INSERT INTO oempro_user_groups (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        Object.values(columns),
      );
    } catch (error) {
      if (isDuplicateKey(error, 'uk_name'))
        throw new OperatorError('conflict', `There is a group ${name} already`);
      throw error;
    }
    return this.named(name);
  }

  /** @throws OperatorError invalid, not-found */
  async update(name: string, body: UpdateGroupBody): Promise<Group> {
    const { GroupID } = await this.named(name);
    const columns = columnsOf(body, this.config);
    await this.database.execute(
      `UPDATE oempro_user_groups SET ${Object.keys(columns)
        .map((column) => `${column} = ?`)
        .join(', ')} WHERE GroupID = ?`,
      [...Object.values(columns), GroupID],
    );
    return this.named(name);
  }

  /** The group that accounts get when their creator names none; made when it is first needed. */
  async default(): Promise<Group> {
    await this.database.execute('INSERT IGNORE INTO oempro_user_groups (Name, Privileges) VALUES (?, ?)', [
      DEFAULT_GROUP,
      EVERY_PRIVILEGE,
    ]);
    return this.named(DEFAULT_GROUP);
  }
}

function columnsOf(
  { privileges, limitDomains, manualApproval, dnsTemplate: template, ...limits }: UpdateGroupBody,
  { dnsTemplates }: TemplatesConfig,
): Record<string, SqlValue> {
  if (template !== undefined && dnsTemplate(template, dnsTemplates) === undefined) {
    throw new OperatorError('invalid', `There is no DNS template ${template}`);
  }
  return {
    ...(privileges === undefined ? {} : { Privileges: storedPrivileges(privileges) }),
    ...(limitDomains === undefined ? {} : { LimitEmailGatewaySenderDomains: limitDomains }),
    ...(manualApproval === undefined
      ? {}
      : { EmailGatewayNewDomainManualApproval: manualApproval ? 'Enabled' : 'Disabled' }),
    ...(template === undefined ? {} : { EmailGatewayDNSTemplate: template }),
    ...limitColumns(limits),
  };
}

/** With commas and no spaces, as the contract spells them. @throws OperatorError invalid */
function storedPrivileges(csv: string): string {
  const written = csv.trim();
  if (written === '' || written === EVERY_PRIVILEGE) return written;
  const stored = written.split(',').map((text) => {
    const name = text.trim();
    const known = PRIVILEGES.find((privilege) => privilege.toLowerCase() === name.toLowerCase());
    if (known !== undefined) return known;
    const choice = `${PRIVILEGES.join(', ')}, or ${EVERY_PRIVILEGE} for all of them`;
    throw new OperatorError('invalid', `There is no privilege ${name}; there are ${choice}`);
  });
  return [...new Set(stored)].join(',');
}
