import type { EndpointDocs } from '../http/endpoint.js';

const rows = {
  apex: {
    Sent: 184_320,
    Delivered: 178_224,
    Bounced: 1_520,
    Opened: 71_890,
    Clicked: 11_420,
    DeliveryRate: 96.69,
    BounceRate: 0.82,
    OpenRate: 39,
    ClickRate: 6.2,
  },
  news: {
    Sent: 48_210,
    Delivered: 47_891,
    Bounced: 411,
    Opened: 18_746,
    Clicked: 2_841,
    DeliveryRate: 99.34,
    BounceRate: 0.85,
    OpenRate: 38.88,
    ClickRate: 5.89,
  },
};

const APPROXIMATE =
  'Counts are exact, with one exception: when more than 20,000 opens and clicks lie in the period, `Opened` and `Clicked` are estimates that are off by less than 1 % as a rule.';

/** What the API's description says of the statistics. Example figures recompute. */
export const docs = {
  domainStats: {
    summary: 'Get Domain Statistics',
    description: `What happened to the mail of one sender domain. An event counts on the day of the event (UTC), however old its message is, so that rates can exceed 100. ${APPROXIMATE}`,
    example: {
      request: { DomainID: 123, StartDate: '2024-01-01', EndDate: '2024-01-31' },
      reply: {
        Success: true,
        ErrorCode: 0,
        Stats: {
          Sent: 1_000,
          Delivered: 950,
          Bounced: 50,
          Opened: 400,
          Clicked: 150,
          DeliveryRate: 95,
          BounceRate: 5,
          OpenRate: 40,
          ClickRate: 15,
        },
        ComparisonStats: {
          PreviousPeriod: {
            Sent: 800,
            Delivered: 760,
            Bounced: 40,
            Opened: 300,
            Clicked: 110,
            DeliveryRate: 95,
            BounceRate: 5,
            OpenRate: 37.5,
            ClickRate: 13.75,
          },
        },
        TagStats: { campaign1: { Sent: 500, Delivered: 475, Bounced: 25, Opened: 200, Clicked: 75 } },
      },
    },
  },
  accountStats: {
    summary: 'Get Account-Wide Statistics',
    description: `What happened to the mail of your sender domains, each and together. \`ComparisonTotals\` are of as many days directly before \`StartDate\`; deleted domains are left out; totals are the sums of the rows. ${APPROXIMATE}`,
    example: {
      request: { StartDate: '2024-01-01', EndDate: '2024-01-31', DomainIDs: '1,2' },
      reply: {
        Success: true,
        ErrorCode: 0,
        StartDate: '2024-01-01 00:00:00',
        EndDate: '2024-01-31 23:59:59',
        Totals: {
          Sent: 232_530,
          Delivered: 226_115,
          Bounced: 1_931,
          Opened: 90_636,
          Clicked: 14_261,
          DeliveryRate: 97.24,
          BounceRate: 0.83,
          OpenRate: 38.98,
          ClickRate: 6.13,
        },
        ComparisonTotals: {
          Sent: 198_400,
          Delivered: 192_100,
          Bounced: 1_820,
          Opened: 74_500,
          Clicked: 11_020,
          DeliveryRate: 96.82,
          BounceRate: 0.92,
          OpenRate: 37.55,
          ClickRate: 5.55,
        },
        PerDomain: [
          { DomainID: 1, SenderDomain: 'mail.apex.com', ...rows.apex },
          { DomainID: 2, SenderDomain: 'news.apex.com', ...rows.news },
        ],
      },
    },
  },
  listRecipientDomains: {
    summary: 'List Top Recipient Domains for a Sender Domain',
    description:
      'Where the mail of a sender domain goes, and with what outcome. Also answers GET requests. The order is exact as long as the mail of one day goes to at most 10,000 recipient domains.',
    example: {
      request: { DomainID: 123, StartDate: '2026-04-01', EndDate: '2026-04-30', Limit: 20 },
      reply: {
        Success: true,
        ErrorCode: 0,
        StartDate: '2026-04-01 00:00:00',
        EndDate: '2026-04-30 23:59:59',
        Limit: 20,
        RecipientDomains: [
          {
            Domain: 'gmail.com',
            Sent: 11_554,
            Failed: 172,
            Sending: 3,
            AvgDeliverySec: 0.05,
            MinDeliverySec: 0,
            MaxDeliverySec: 1,
          },
          {
            Domain: 'yahoo.com',
            Sent: 4_881,
            Failed: 64,
            Sending: 0,
            AvgDeliverySec: 0.08,
            MinDeliverySec: 0,
            MaxDeliverySec: 2,
          },
        ],
      },
    },
  },
  recipientDomainStats: {
    summary: 'Get Recipient Domain Statistics',
    description:
      'How long the messages of a sender domain to one recipient domain stayed in the queue, from acceptance (also of a mail for later) to their end there. Messages that are still there do not count, nor do bounces that arrive after the message was taken, nor events recorded before version 0.2 stored the time.',
    example: {
      request: {
        DomainID: 123,
        RecipientToDomain: 'gmail.com',
        StartDate: '2026-01-01',
        EndDate: '2026-02-11',
      },
      reply: {
        Success: true,
        ErrorCode: 0,
        SummaryStats: [
          {
            Status: 'Sent',
            TotalEmails: 1_523,
            AvgDeliverySeconds: 8.32,
            MinDeliverySeconds: 0,
            MaxDeliverySeconds: 787,
          },
          {
            Status: 'Failed',
            TotalEmails: 42,
            AvgDeliverySeconds: 4.58,
            MinDeliverySeconds: 1,
            MaxDeliverySeconds: 9,
          },
        ],
        DeliverySpeedHistogram: {
          Sent: [
            { DeliveryBucket: '< 1s', EmailCount: 312, Percentage: 20.49 },
            { DeliveryBucket: '1-5s', EmailCount: 845, Percentage: 55.48 },
            { DeliveryBucket: '5-10s', EmailCount: 200, Percentage: 13.13 },
            { DeliveryBucket: '10-30s', EmailCount: 100, Percentage: 6.57 },
            { DeliveryBucket: '30-60s', EmailCount: 40, Percentage: 2.63 },
            { DeliveryBucket: '1-5m', EmailCount: 20, Percentage: 1.31 },
            { DeliveryBucket: '5-10m', EmailCount: 4, Percentage: 0.26 },
            { DeliveryBucket: '> 10m', EmailCount: 2, Percentage: 0.13 },
          ],
          Failed: [
            { DeliveryBucket: '1-5s', EmailCount: 30, Percentage: 71.43 },
            { DeliveryBucket: '5-10s', EmailCount: 12, Percentage: 28.57 },
          ],
        },
      },
    },
  },
} satisfies Record<string, EndpointDocs>;
