import { ERRORS } from '#contracts/errors/catalogue';
import { getEventsInput, getPublicEventsInput } from '#contracts/http/get-events';
import { toPublicDocument } from '#contracts/search/event-document';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { GetEvents, GetEventsHandler } from './get-events.js';
import { daysPeriod, secondsPeriod } from '../event-search/period.js';
import { MOST_SKIPPED } from '../event-search/search-events.js';

const own = ERRORS['emailgateway.getevents'];
const shared = ERRORS['emailgateway.getevents.public'];
const TOO_FAR = `StartFrom may be at most ${MOST_SKIPPED}, narrow the dates instead`;

const getEvents = defineEndpoint({
  command: 'emailgateway.getevents',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  input: getEventsInput,
  required: [
    ['StartFrom', own.startFromMissing],
    ['RetrieveCount', own.retrieveCountMissing],
  ],
  invalid: { DomainID: own.domainNotFound },
  handler: GetEventsHandler,
  message: (
    { DomainID, StartFrom, RetrieveCount, StartDate, EndDate, Event, MessageID, Query },
    { userId },
  ) =>
    new GetEvents(
      {
        userId,
        domainId: givenDomain(DomainID),
        skip: StartFrom,
        count: RetrieveCount,
        period: daysPeriod(StartDate, EndDate),
        event: Event,
        messageId: MessageID,
        words: Query,
      },
      { domainNotFound: own.domainNotFound, skipTooLarge: { ...own.startFromMissing, text: TOO_FAR } },
    ),
  reply: ({ total, documents }) => ({ TotalRecords: total, Events: documents }),
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
        skip: StartFrom,
        count: RetrieveCount,
        period: secondsPeriod(StartDate, EndDate),
        event: Event,
        messageId: MessageID,
      },
      {
        domainNotFound: shared.senderDomainInvalid,
        skipTooLarge: { ...shared.startFromInvalid, text: TOO_FAR },
      },
    ),
  reply: ({ total, documents }) => ({ TotalRecords: total, Events: documents.map(toPublicDocument) }),
});

/** Empty and `0` mean all domains; anything that is no id is an id that nothing has. */
function givenDomain(text: string | undefined): number | undefined {
  const written = (text ?? '').trim();
  if (written === '' || written === '0') return undefined;
  return /^[0-9]{1,10}$/.test(written) ? Number(written) : 0;
}

export const eventsEndpoints: readonly Endpoint[] = [getEvents, getPublicEvents];
