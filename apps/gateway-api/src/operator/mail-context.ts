import { Inject, Injectable } from '@nestjs/common';
import type { CreateSubscriberBody, CreateTemplateBody } from '#contracts/http/operator';
import { isDuplicateKey, type Database, type SqlValue } from '#platform/database/database';
import { OperatorError } from '../accounts/operator-error.js';
import { parseAddress } from '../http/address.js';
import { DATABASE } from '../tokens.js';
import type { Page } from './requests.js';

interface Kind {
  readonly table: string;
  readonly id: string;
  readonly parent: { readonly what: string; readonly table: string; readonly id: string };
  /** What a list shows besides the ids, and what one row shows beyond that. */
  readonly listed: string;
  readonly shown: string;
  readonly children?: string;
}

const USER = { what: 'user', table: 'oempro_users', id: 'UserID' };

/** What the ids of a send stand for. */
const KINDS = {
  template: {
    table: 'oempro_email_templates',
    id: 'TemplateID',
    parent: USER,
    listed: 'Name, CreatedAt',
    shown: 'Name, CreatedAt, HTMLContent, PlainContent',
  },
  list: {
    table: 'oempro_subscriber_lists',
    id: 'ListID',
    parent: USER,
    listed: 'Name, CreatedAt',
    shown: 'Name, CreatedAt',
    children: 'oempro_subscribers',
  },
  subscriber: {
    table: 'oempro_subscribers',
    id: 'SubscriberID',
    parent: { what: 'list', table: 'oempro_subscriber_lists', id: 'ListID' },
    listed: 'EmailAddress, Name, Fields, CreatedAt',
    shown: 'EmailAddress, Name, Fields, CreatedAt',
  },
  journey: {
    table: 'oempro_journeys',
    id: 'JourneyID',
    parent: USER,
    listed: 'Name, CreatedAt',
    shown: 'Name, CreatedAt',
    children: 'oempro_journey_actions',
  },
  action: {
    table: 'oempro_journey_actions',
    id: 'ActionID',
    parent: { what: 'journey', table: 'oempro_journeys', id: 'JourneyID' },
    listed: 'Name, CreatedAt',
    shown: 'Name, CreatedAt',
  },
} as const satisfies Record<string, Kind>;
export type ContextKind = keyof typeof KINDS;

export interface Added {
  readonly ID: number;
}

/** Templates, subscriber lists, subscribers, journeys and their actions: what a send may name by id. */
@Injectable()
export class MailContext {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  addTemplate({ userId, name, html, plain }: CreateTemplateBody): Promise<Added> {
    if (html === undefined && plain === undefined)
      throw new OperatorError('invalid', 'a template has html, plain or both');
    return this.add('template', userId, {
      Name: name,
      HTMLContent: html ?? null,
      PlainContent: plain ?? null,
    });
  }

  /** A list, journey or action is a name under its parent. @throws OperatorError invalid */
  addNamed(kind: 'list' | 'journey' | 'action', parentId: number, name: string): Promise<Added> {
    return this.add(kind, parentId, { Name: name });
  }

  /** @throws OperatorError invalid, conflict */
  async addSubscriber({ listId, email, name = '', fields = {} }: CreateSubscriberBody): Promise<Added> {
    const address = parseAddress(email);
    if (address === undefined) throw new OperatorError('invalid', 'email is no email address');
    const columns = { EmailAddress: address, Name: name, Fields: JSON.stringify(fields) };
    try {
      return await this.add('subscriber', listId, columns);
    } catch (error) {
      if (isDuplicateKey(error, 'uk_list_address'))
        throw new OperatorError('conflict', `${address} is on list ${listId} already`);
      throw error;
    }
  }

  /** @param parentId only what hangs on it; `undefined`: everything */
  list(kind: ContextKind, parentId: number | undefined, { after, limit }: Page): Promise<object[]> {
    const { table, id, parent, listed } = KINDS[kind];
    const [scope, ofScope] = parentId === undefined ? ['', []] : [` AND ${parent.id} = ?`, [parentId]];
    return this.database.query(
      `SELECT ${id}, ${parent.id}, ${listed} FROM ${table} WHERE ${id} > ?${scope} ORDER BY ${id} LIMIT ?`,
      [after, ...ofScope, limit],
    );
  }

  /** @throws OperatorError not-found */
  async withId(kind: ContextKind, rowId: number): Promise<object> {
    const { table, id, parent, shown } = KINDS[kind];
    const [row] = await this.database.query(
      `SELECT ${id}, ${parent.id}, ${shown} FROM ${table} WHERE ${id} = ?`,
      [rowId],
    );
    if (row === undefined) throw new OperatorError('not-found', `There is no ${kind} ${rowId}`);
    return row;
  }

  /** With what hangs on it. @throws OperatorError not-found */
  async delete(kind: ContextKind, rowId: number): Promise<Added> {
    const { table, id, children }: Kind = KINDS[kind];
    await this.database.transaction(async (tx) => {
      const { affectedRows } = await tx.execute(`DELETE FROM ${table} WHERE ${id} = ?`, [rowId]);
      if (affectedRows === 0) throw new OperatorError('not-found', `There is no ${kind} ${rowId}`);
      if (children !== undefined) await tx.execute(`DELETE FROM ${children} WHERE ${id} = ?`, [rowId]);
    });
    return { ID: rowId };
  }

  /** Locks the parent, so that what ends it ends this as well. */
  private async add(kind: ContextKind, parentId: number, columns: Record<string, SqlValue>): Promise<Added> {
    const { table, parent } = KINDS[kind];
    const names = Object.keys(columns);
    const { affectedRows, insertId } = await this.database.execute(
      `INSERT INTO ${table} (${[parent.id, ...names].join(', ')})
       SELECT ${[parent.id, ...names.map(() => '?')].join(', ')} FROM ${parent.table} WHERE ${parent.id} = ? FOR SHARE`,
      [...Object.values(columns), parentId],
    );
    if (affectedRows === 0) throw new OperatorError('invalid', `There is no ${parent.what} ${parentId}`);
    return { ID: insertId };
  }
}
