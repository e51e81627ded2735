import type { ApiError } from '#contracts/errors/catalogue';
import type { SendEmailInput } from '#contracts/http/send-email';
import type { MailContext } from '#contracts/sending/stored-mail';
import type { Batching, Statement } from '#platform/database/database';
import { SEND_ERRORS } from './errors.js';
import { isGiven } from './given.js';
import type { Subscriber } from './personalise.js';

/** What the ids of a send request point to. */
export interface References {
  /** An id that nothing of the owner's has; in the order in which they are answered. */
  readonly errors: readonly ApiError[];
  readonly template?: Template;
  /** The list whose subscribers get the mail. */
  readonly targetListId?: number;
  readonly subscriber?: Subscriber;
  readonly context: MailContext;
}

export interface Template {
  readonly html: string;
  readonly plain: string;
}

interface TemplateRow {
  HTMLContent: string | null;
  PlainContent: string | null;
}

export interface SubscriberRow {
  SubscriberID: number;
  ListID: number;
  EmailAddress: string;
  Name: string;
  Fields: Record<string, unknown> | unknown[];
  CreatedAt: Date;
}

interface Found {
  id: number;
}

/** Finds what the request names, among what the owner has; without a query when it names nothing. */
export async function findReferences(
  database: Batching,
  userId: number,
  input: SendEmailInput,
): Promise<References> {
  const ids = {
    template: idOf(input.TemplateID),
    targetList: idOf(input.TargetListID),
    list: idOf(input.ListID),
    subscriber: idOf(input.SubscriberID),
    journey: idOf(input.JourneyID),
    action: idOf(input.ActionID),
  };
  if (Object.values(ids).every((id) => id === undefined)) return { errors: [], context: {} };
  const [templates, targetLists, lists, subscribers, journeys, actions] = await database.queryAll<
    [TemplateRow, Found, Found, SubscriberRow, Found, Found]
  >([
    owned(
      'SELECT HTMLContent, PlainContent FROM oempro_email_templates WHERE TemplateID = ? AND UserID = ?',
      [ids.template, userId],
    ),
    ownList(ids.targetList, userId),
    ownList(ids.list, userId),
    owned(
      `SELECT s.SubscriberID, s.ListID, s.EmailAddress, s.Name, s.Fields, s.CreatedAt FROM oempro_subscribers s
       JOIN oempro_subscriber_lists l ON l.ListID = s.ListID
       WHERE s.SubscriberID = ? AND l.UserID = ? AND s.ListID = COALESCE(?, s.ListID)`,
      [ids.subscriber, userId, ids.list],
    ),
    owned('SELECT JourneyID AS id FROM oempro_journeys WHERE JourneyID = ? AND UserID = ?', [
      ids.journey,
      userId,
    ]),
    owned(
      `SELECT a.ActionID AS id FROM oempro_journey_actions a JOIN oempro_journeys j ON j.JourneyID = a.JourneyID
       WHERE a.ActionID = ? AND j.UserID = ? AND a.JourneyID = COALESCE(?, a.JourneyID)`,
      [ids.action, userId, ids.journey],
    ),
  ]);
  const checks: [number | undefined, readonly object[], ApiError][] = [
    [ids.template, templates, SEND_ERRORS.templateInvalid],
    [ids.targetList, targetLists, SEND_ERRORS.targetListInvalid],
    [ids.list, lists, SEND_ERRORS.listInvalid],
    [ids.subscriber, subscribers, SEND_ERRORS.subscriberInvalid],
    [ids.journey, journeys, SEND_ERRORS.journeyInvalid],
    [ids.action, actions, SEND_ERRORS.actionInvalid],
  ];
  const [template] = templates;
  const [subscriber] = subscribers;
  return {
    errors: checks.flatMap(([id, rows, error]) => (id !== undefined && rows.length === 0 ? [error] : [])),
    ...(template && { template: { html: template.HTMLContent ?? '', plain: template.PlainContent ?? '' } }),
    ...(ids.targetList !== undefined && { targetListId: ids.targetList }),
    ...(subscriber && { subscriber: subscriberIn(subscriber) }),
    context: {
      ...(ids.template !== undefined && { templateId: ids.template }),
      ...((ids.list ?? subscriber) !== undefined && { listId: ids.list ?? subscriber?.ListID }),
      ...(ids.subscriber !== undefined && { subscriberId: ids.subscriber }),
      ...(ids.journey !== undefined && { journeyId: ids.journey }),
      ...(ids.action !== undefined && { actionId: ids.action }),
    },
  };
}

/** `undefined` when the parameter was not given; 0, which nothing has, when it is no id. */
function idOf(value: unknown): number | undefined {
  if (!isGiven(value)) return undefined;
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
}

function owned(sql: string, params: readonly (number | undefined)[]): Statement {
  return { sql, params: params.map((id) => id ?? null) };
}

function ownList(listId: number | undefined, userId: number): Statement {
  return owned('SELECT ListID AS id FROM oempro_subscriber_lists WHERE ListID = ? AND UserID = ?', [
    listId,
    userId,
  ]);
}

export function subscriberIn(row: SubscriberRow): Subscriber {
  return {
    subscriberId: row.SubscriberID,
    listId: row.ListID,
    email: row.EmailAddress,
    name: row.Name,
    // PHP heritage: an empty map is an empty list.
    fields: Array.isArray(row.Fields) ? {} : row.Fields,
    subscribedAt: row.CreatedAt,
  };
}
