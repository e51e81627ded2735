import type { EndpointDocs } from '../http/endpoint.js';

const SEARCH =
  '`Query` finds events in which every word occurs; `"two words"` is a phrase, `deliv*` a prefix. `Event` takes canonical names (`accepted-by-oempro`, `rejected-by-oempro`, `accepted-by-mta`, `rejected-by-mta`, `delivered`, `bounced`, `opened`, `clicked`, `unsubscribed`, `complained`), their aliases (`delivery`, `bounce`, `open`, `click`, `unsubscribe`, `complaint`) and the groups `accepted` and `rejected`.';
const PAGES =
  'Events come newest first. `StartFrom` may be at most 200,000; narrow the dates to go further back.';

/** What the API's description says of events. */
export const docs = {
  getEvents: {
    summary: 'Get Email Events',
    description: `The events of your account, or of one of its sender domains. ${PAGES} ${SEARCH}`,
    example: {
      request: { DomainID: 123, StartFrom: 0, RetrieveCount: 50, Event: 'delivery' },
      reply: {
        Success: true,
        ErrorCode: 0,
        TotalRecords: 1,
        Events: [
          {
            id: 'd9e1f0c25d3b4a7c8e6f5a4b3c2d1e0f',
            event: 'delivered',
            timestamp: 1_640_000_000,
            'logged-at': '2021-12-20T11:33:20.000Z',
            'log-level': 'info',
            'user-id': 1,
            'domain-id': 123,
            'sender-domain': 'example.com',
            'message-id': '550e8400-e29b-41d4-a716-446655440000',
            method: 'api',
            recipient: 'recipient@example.com',
            'recipient-type': 'to',
            message: {
              headers: { from: 'sender@example.com', to: 'recipient@example.com', subject: 'Test Email' },
              'to-domain': 'example.com',
            },
            'delivery-status': { code: 250, message: '250 2.0.0 OK', 'session-seconds': 0.4 },
            tags: ['welcome'],
            'queued-at': '2021-12-20T11:33:18.500Z',
            'processed-at': '2021-12-20T11:33:20.000Z',
            'queue-seconds': 1.5,
          },
        ],
      },
    },
  },
  getPublicEvents: {
    summary: 'Get Email Events (Public API)',
    description: `The events of the sender domain that the key belongs to. ${PAGES} ${SEARCH.slice(SEARCH.indexOf('`Event`'))}`,
    example: {
      request: { StartFrom: 0, RetrieveCount: 50, Event: 'delivery' },
      reply: {
        Success: true,
        ErrorCode: 0,
        TotalRecords: 1,
        Events: [publicExample()],
      },
      v1Reply: { TotalRecords: 1, Events: [publicExample()] },
    },
  },
  exportEvents: {
    summary: 'Export Events as CSV',
    rawTypes: ['text/csv'],
    description: `The newest 10,000 events that match as a file, also in reply to a GET, so that a link can be the download. ${SEARCH} The reply is \`text/csv; charset=utf-8\` in pieces of 1,000 rows, with a byte order mark and a header row; a refusal is the usual JSON. \`Domain\` is the domain of the recipient. Cells that a spreadsheet would take for a formula have a single quote in front. \`X-Octeth-Export-Total\` is the number of events that match; when it is above 10,000, \`X-Octeth-Export-Truncated: 1\` and \`X-Octeth-Export-Limit: 10000\` say that the file holds the newest of them.`,
    example: {
      request: { DomainID: 123, Event: 'bounced', StartDate: '2026-01-01', EndDate: '2026-01-31' },
      reply: [
        '\uFEFFTime,Event,MessageID,From,To,Subject,Domain,SMTPCode',
        '2026-01-31T18:42:11Z,bounced,bb1a701c-dcf0-4948-81eb-62726da0d67d,sender@apex.com,Recipient <recipient@example.com>,Welcome to Apex,example.com,550',
        '2026-01-31T18:41:55Z,bounced,162a101e-0c78-491a-9403-94dad8a3e1ca,sender@apex.com,recipient2@example.org,,example.org,553',
        '',
      ].join('\n'),
    },
  },
  aggregateEvents: {
    summary: 'Get Aggregated Event Statistics',
    description:
      'Counts the events of a sender domain by the value of one of their members; by `event` unless `AggregatedField` says otherwise. Counts are exact as long as the member has at most 10,000 different values a day.',
    example: {
      request: { DomainID: 123, StartDate: '2024-01-01', EndDate: '2024-01-31' },
      reply: {
        Success: true,
        ErrorCode: 0,
        AggBuckets: [
          { key: 'delivered', doc_count: 1_000 },
          { key: 'bounced', doc_count: 50 },
        ],
      },
    },
  },
} satisfies Record<string, EndpointDocs>;

function publicExample() {
  return {
    Id: 'd9e1f0c25d3b4a7c8e6f5a4b3c2d1e0f',
    Event: 'delivered',
    LoggedAt: 1_640_000_000,
    LogLevel: 'info',
    UserId: 1,
    DomainId: 123,
    SenderDomain: 'example.com',
    MessageId: '550e8400-e29b-41d4-a716-446655440000',
    Method: 'api',
    Recipient: 'recipient@example.com',
    RecipientType: 'to',
    Message: {
      Headers: { From: 'sender@example.com', To: 'recipient@example.com', Subject: 'Test Email' },
      ToDomain: 'example.com',
    },
    DeliveryStatus: { Code: 250, Message: '250 2.0.0 OK', SessionSeconds: 0.4 },
    Tags: ['welcome'],
    QueuedAt: '2021-12-20T11:33:18.500Z',
    ProcessedAt: '2021-12-20T11:33:20.000Z',
    QueueSeconds: 1.5,
  };
}
