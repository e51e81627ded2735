/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase, Given } from '../contract-case.js';
import { unique, type Side, type World } from '../world.js';

const JANE = { name: 'Jane', email: 'jane@example.org' };
const endpoint = 'emailgateway.sendemail';

/** The example of the contract, from a domain. */
export const mailFrom = (domain: string, change: object = {}): Record<string, unknown> => ({
  Subject: 'Welcome to Our Service',
  ContentType: 'html',
  HTMLContent: '<h1>Welcome!</h1><p>Thank you for signing up.</p>',
  From: { name: 'John Doe', email: `john@${domain}` },
  To: [{ name: 'Jane Smith', email: 'jane@example.org' }],
  ...change,
});
export const mail =
  (change: object = {}) =>
  ({ main }: World): Given => ({ parameters: mailFrom(main.domain.name, change) });

/** Every wrong value of a mail is told together, in a list. */
const invalid = (code: number, name: string, change: object): ContractCase => ({
  endpoint,
  code,
  name,
  answers: [code],
  given: mail(change),
});
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: '', email: `r${at}@example.org` }));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const queueRows = (side: Side, messageId: unknown) =>
  side.gateway.database.query<{ recipient: string }>(
    'SELECT recipient FROM eg_send_queue WHERE message_id = ? ORDER BY recipient_no',
    [String(messageId)],
  );

/** An address on the owner's suppression list, in capitals. */
export async function suppressed(side: Side): Promise<string> {
  const email = `suppressed-${unique()}@example.org`;
  await side.sql('INSERT INTO oempro_suppression_list (UserID, EmailAddress) VALUES (?, ?)', [
    side.owner.UserID,
    email,
  ]);
  return email.toUpperCase();
}

const accepted: readonly ContractCase[] = [
  {
    endpoint,
    code: 'success',
    name: 'the mail is queued when the reply arrives',
    given: mail(),
    async then({ json }, { main }) {
      expect(json['MessageID']).toMatch(UUID);
      expect(await queueRows(main, json['MessageID'])).toEqual([{ recipient: 'jane@example.org' }]);
    },
  },
  {
    endpoint,
    code: 'success',
    name: 'nested names match in any case, ContentType does too',
    given: ({ main }) => ({
      parameters: mailFrom(main.domain.name, {
        ContentType: 'HTML',
        From: { Name: 'John', EMAIL: `john@${main.domain.name}` },
        To: [{ Name: 'Jane', Email: 'jane@example.org' }],
        'Reply-To': [{ Name: '', Email: 'answers@example.net' }],
        Attachments: [{ Filename: 'a.txt', Content: 'aGk=', Type: 'text/plain', Disposition: 'attachment' }],
      }),
    }),
  },
  {
    endpoint,
    code: 'success',
    name: 'one of several recipients is suppressed: the others get the mail',
    given: async ({ main }) => {
      const email = await suppressed(main);
      return { parameters: mailFrom(main.domain.name, { To: [JANE, { name: '', email }] }) };
    },
    async then({ json }, { main }) {
      expect(await queueRows(main, json['MessageID'])).toEqual([{ recipient: 'jane@example.org' }]);
    },
  },
  {
    endpoint,
    code: 'success',
    name: 'a time in the past means now, one in the future waits',
    given: mail({ SendAt: 4_000_000_000 }),
  },
];

const validation: readonly ContractCase[] = [
  ...[undefined, null, 'john', [], {}, { name: 'John' }, { email: 'john@example.com' }].map((From) =>
    invalid(3, `From ${JSON.stringify(From)} is refused`, { From }),
  ),
  invalid(3, 'From on a domain that is not the one of the key', {
    From: { name: 'John', email: 'john@elsewhere.example' },
  }),
  ...[undefined, '', null].map((Subject) =>
    invalid(8, `Subject ${JSON.stringify(Subject)} is missing`, { Subject }),
  ),
  invalid(8, 'To is missing, and there is no list', { To: undefined }),
  ...[undefined, '', 'markdown', ['html']].map((ContentType) =>
    invalid(9, `ContentType ${JSON.stringify(ContentType)} is none`, { ContentType }),
  ),
  invalid(10, 'html without HTMLContent', { HTMLContent: undefined }),
  invalid(11, 'plain without PlainContent', { ContentType: 'plain' }),
  invalid(18, 'a recipient without name', { To: [{ email: 'jane@example.org' }] }),
  invalid(18, 'a recipient without address', { To: [{ name: 'Jane' }] }),
  ...['jane', 'jane@', '@example.org', 'a b@example.org', 'jane@example.org\r\nBcc: x@example.org'].map(
    (email) => invalid(19, `a recipient ${JSON.stringify(email)}`, { To: [{ name: 'Jane', email }] }),
  ),
  invalid(20, 'To is empty', { To: [] }),
  invalid(20, 'To is over its limit', { To: many(4) }),
  invalid(20, 'CC is no list', { CC: 'jane@example.org' }),
  invalid(21, 'a CC recipient without name', { CC: [{ email: 'jane@example.org' }] }),
  invalid(22, 'a malformed CC recipient', { CC: [{ name: '', email: 'jane' }] }),
  invalid(23, 'a malformed From address', { From: { name: 'John', email: 'john' } }),
  invalid(23, 'CC is over its limit', { CC: many(3) }),
  invalid(24, 'BCC is no list', { BCC: 'jane@example.org' }),
  invalid(25, 'a BCC recipient without name', { BCC: [{ email: 'jane@example.org' }] }),
  invalid(26, 'a malformed BCC recipient', { BCC: [{ name: '', email: 'jane' }] }),
  invalid(27, 'BCC is over its limit', { BCC: many(3) }),
  invalid(28, 'ReplyTo is no list', { ReplyTo: 'jane@example.org' }),
  invalid(29, 'a reply address without name', { ReplyTo: [{ email: 'jane@example.org' }] }),
  invalid(30, 'a malformed reply address', { ReplyTo: [{ name: '', email: 'jane' }] }),
  invalid(31, 'ReplyTo is over its limit', { ReplyTo: many(3) }),
  invalid(33, 'a header with a line break', { Headers: { 'X-A': 'b\r\nBcc: x@example.org' } }),
  invalid(33, 'an attachment that is no base64', { Attachments: [{ filename: 'a', content: '!' }] }),
  {
    endpoint,
    code: 8,
    name: 'everything that is wrong is told at once',
    answers: [8, 9, 3, 8],
    given: () => ({ parameters: {} }),
  },
];

export const sendingCases: readonly ContractCase[] = [...accepted, ...validation];
