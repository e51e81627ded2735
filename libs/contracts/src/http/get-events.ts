import Type from 'typebox';
import { eventDocumentSchema, publicDocumentSchema } from '../search/event-document.schema.js';
import { count, filter, text } from './parameters.js';

const total = Type.Integer({ description: 'Events that match, exact' });

/** `emailgateway.getevents`. */
export const getEventsInput = Type.Object({
  DomainID: Type.Optional(text('Sender domain ID; absent, empty or 0: all domains of the user')),
  StartFrom: count('Records to skip, newest first'),
  RetrieveCount: count('Most records to return; more than 100 means 100'),
  StartDate: Type.Optional(text('First day, `YYYY-MM-DD` in UTC; any other form: no bound')),
  EndDate: Type.Optional(
    text('Last day, `YYYY-MM-DD` in UTC, never before StartDate; any other form: no bound'),
  ),
  Event: Type.Optional(filter('Event name or alias, in any letter case; an unknown one matches nothing')),
  MessageID: Type.Optional(
    filter('The MessageID that the send call returned, in any letter case; Query is ignored then'),
  ),
  Query: Type.Optional(filter('Words to find in subject, from, to, IP, MX host, SMTP response')),
});

export const getEventsOutput = Type.Object({
  TotalRecords: total,
  Events: Type.Array(eventDocumentSchema, { description: 'One page, newest first' }),
});

/** `emailgateway.getevents.public`, `GET /api/v1/events`. */
export const getPublicEventsInput = Type.Object({
  StartFrom: Type.Optional(count('Records to skip, newest first; default 0')),
  RetrieveCount: Type.Optional(count('Most records to return; default 5, more than 100 means 100')),
  StartDate: Type.Optional(
    text('First second, unix time or `YYYY-MM-DD HH:MM:SS` in UTC; any other form: no bound'),
  ),
  EndDate: Type.Optional(text('Last second, never before StartDate; any other form: no bound')),
  Event: Type.Optional(filter('Event name or alias, in any letter case; an unknown one matches nothing')),
  MessageID: Type.Optional(filter('The MessageID that the send call returned, in any letter case')),
});
export const getPublicEventsOutput = Type.Object({
  TotalRecords: total,
  Events: Type.Array(publicDocumentSchema, { description: 'One page, newest first' }),
});
