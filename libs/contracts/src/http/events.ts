import Type from 'typebox';
import { AGGREGATED_FIELDS } from '../search/aggregated-fields.js';
import { filter, id, text } from './parameters.js';

/** `emailgateway.exportevents`. The reply is a file, see the endpoint. */
export const exportEventsInput = Type.Object({
  DomainID: Type.Optional(text('Sender domain ID; absent, empty or 0: all domains of the user')),
  StartDate: Type.Optional(
    text('First day, `YYYY-MM-DD` in UTC; any other form, and by default: 30 days ago'),
  ),
  EndDate: Type.Optional(
    text('Last day, `YYYY-MM-DD` in UTC; any other form, and by default: today; never before StartDate'),
  ),
  Event: Type.Optional(filter('Event name or alias, in any letter case; an unknown one matches nothing')),
  MessageID: Type.Optional(
    filter('The MessageID that the send call returned, in any letter case; Query is ignored then'),
  ),
  Query: Type.Optional(filter('Words to find in subject, from, to, IP, MX host, SMTP response')),
});

/** `emailgateway.aggrevents`. */
export const aggregateEventsInput = Type.Object({
  DomainID: id('Sender domain ID'),
  StartDate: Type.Optional(text('First day, `YYYY-MM-DD` in UTC; any other form: no bound')),
  EndDate: Type.Optional(
    text('Last day, `YYYY-MM-DD` in UTC, never before StartDate; any other form: no bound'),
  ),
  AggregatedField: Type.Optional(
    filter(
      `Member of the event to group by, default \`event\`; one of ${AGGREGATED_FIELDS.map((name) => `\`${name}\``).join(', ')}. Any other name: no buckets`,
    ),
  ),
  AggregateSize: Type.Optional(text('Most buckets, 1 to 1000; default 10')),
});
export const aggregateEventsOutput = Type.Object({
  AggBuckets: Type.Array(
    Type.Object({
      key: Type.Union([Type.String(), Type.Number()], {
        description: 'A value of the field; a number for ids and SMTP codes',
      }),
      doc_count: Type.Integer({ description: 'Events with that value' }),
    }),
    { description: 'Most frequent first, equals by key' },
  ),
});
