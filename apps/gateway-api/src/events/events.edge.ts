import { ERRORS } from '#contracts/errors/catalogue';
import { aggregateEventsInput, aggregateEventsOutput, exportEventsInput } from '#contracts/http/events';
import {
  getEventsInput,
  getEventsOutput,
  getPublicEventsInput,
  getPublicEventsOutput,
} from '#contracts/http/get-events';
import { toPublicDocument } from '#contracts/search/event-document';
import { limitOf } from '../event-search/given.js';
import { daysPeriod, reportDays, secondsPeriod } from '../event-search/period.js';
import { MOST_SKIPPED } from '../event-search/search-events.js';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { AggregateEvents, AggregateEventsHandler } from './aggregate-events.js';
import { csvReply } from './csv-reply.js';
import { docs } from './events.docs.js';
import { ExportEvents, ExportEventsHandler } from './export-events.js';
import { GetEvents, GetEventsHandler } from './get-events.js';
import { givenDomain } from './wanted.js';

const own = ERRORS['emailgateway.getevents'];
const shared = ERRORS['emailgateway.getevents.public'];
const TOO_FAR = `StartFrom may be at most ${MOST_SKIPPED}, narrow the dates instead`;

const getEvents = defineEndpoint({
  command: 'emailgateway.getevents',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  docs: docs.getEvents,
  input: getEventsInput,
  required: [
    ['StartFrom', own.startFromMissing],
    ['RetrieveCount', own.retrieveCountMissing],
  ],
  invalid: {
    DomainID: own.domainNotFound,
    StartFrom: own.startFromInvalid,
    RetrieveCount: own.retrieveCountInvalid,
  },
  handler: GetEventsHandler,
  message: (
    { DomainID, StartFrom, RetrieveCount, StartDate, EndDate, Event, MessageID, Query },
    { userId },
  ) =>
    new GetEvents(
      {
        userId,
        domainId: givenDomain(DomainID),
        period: daysPeriod(StartDate, EndDate),
        event: Event,
        messageId: MessageID,
        words: Query,
      },
      { skip: StartFrom, count: RetrieveCount },
      { domainNotFound: own.domainNotFound, skipTooLarge: { ...own.startFromInvalid, text: TOO_FAR } },
    ),
  output: getEventsOutput,
  reply: ({ total, documents }) => ({ TotalRecords: total, Events: [...documents] }),
});

const getPublicEvents = defineEndpoint({
  command: 'emailgateway.getevents.public',
  v1: { method: 'GET', path: '/api/v1/events' },
  credential: 'sender',
  sender: {
    missing: shared.senderApiKeyMissing,
    unknown: shared.senderApiKeyInvalid,
    gone: shared.senderDomainInvalid,
    ownerDisabled: shared.senderDomainInvalid,
  },
  docs: docs.getPublicEvents,
  input: getPublicEventsInput,
  required: [],
  invalid: { StartFrom: shared.startFromInvalid, RetrieveCount: shared.retrieveCountInvalid },
  handler: GetEventsHandler,
  message: (
    { StartFrom = 0, RetrieveCount = 5, StartDate, EndDate, Event, MessageID },
    { userId, domainId },
  ) =>
    new GetEvents(
      {
        userId,
        domainId,
        period: secondsPeriod(StartDate, EndDate),
        event: Event,
        messageId: MessageID,
      },
      { skip: StartFrom, count: RetrieveCount },
      {
        domainNotFound: shared.senderDomainInvalid,
        skipTooLarge: { ...shared.startFromInvalid, text: TOO_FAR },
      },
    ),
  output: getPublicEventsOutput,
  reply: ({ total, documents }) => ({ TotalRecords: total, Events: documents.map(toPublicDocument) }),
});

const exportEvents = defineEndpoint({
  command: 'emailgateway.exportevents',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  docs: docs.exportEvents,
  input: exportEventsInput,
  required: [],
  invalid: { DomainID: ERRORS['emailgateway.exportevents'].domainNotFound },
  handler: ExportEventsHandler,
  message: ({ DomainID, StartDate, EndDate, Event, MessageID, Query }, { userId }) =>
    new ExportEvents({
      userId,
      domainId: givenDomain(DomainID),
      period: reportDays(StartDate, EndDate, { defaultDays: 30, nowMs: Date.now() }),
      event: Event,
      messageId: MessageID,
      words: Query,
    }),
  raw: (found) => csvReply(found, new Date()),
  reply: () => ({}),
});

const aggregateEvents = defineEndpoint({
  command: 'emailgateway.aggrevents',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  docs: docs.aggregateEvents,
  input: aggregateEventsInput,
  required: [['DomainID', ERRORS['emailgateway.aggrevents'].domainIdMissing]],
  handler: AggregateEventsHandler,
  message: ({ DomainID, StartDate, EndDate, AggregatedField = '', AggregateSize }, { userId }) =>
    new AggregateEvents(
      userId,
      DomainID,
      daysPeriod(StartDate, EndDate),
      AggregatedField?.trim() === '' ? 'event' : AggregatedField,
      limitOf(AggregateSize, 10),
    ),
  output: aggregateEventsOutput,
  reply: (groups) => ({ AggBuckets: groups.map(({ key, count }) => ({ key, doc_count: count })) }),
});

export const eventsEndpoints: readonly Endpoint[] = [
  getEvents,
  getPublicEvents,
  exportEvents,
  aggregateEvents,
];
