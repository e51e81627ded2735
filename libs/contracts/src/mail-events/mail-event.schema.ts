import type avsc from 'avsc';

type Fields = avsc.schema.RecordType['fields'];

const v1Fields: Fields = [
  { name: 'id', type: 'string' },
  { name: 'event', type: 'string' },
  { name: 'loggedAt', type: 'long' },
  { name: 'userId', type: 'long' },
  { name: 'domainId', type: 'long' },
  { name: 'senderDomain', type: 'string' },
  { name: 'messageId', type: 'string' },
  { name: 'recipient', type: 'string' },
  { name: 'recipientType', type: 'string' },
  { name: 'method', type: 'string' },
  { name: 'from', type: 'string' },
  { name: 'to', type: 'string' },
  { name: 'subject', type: 'string' },
  { name: 'tags', type: { type: 'array', items: 'string' } },
  { name: 'envelopeSender', type: 'string' },
  { name: 'sendingIp', type: 'string' },
  { name: 'size', type: ['null', 'long'] },
  { name: 'queuedAt', type: ['null', 'long'] },
  {
    name: 'delivery',
    type: [
      'null',
      {
        type: 'record',
        name: 'DeliveryStatus',
        fields: [
          { name: 'code', type: ['null', 'int'] },
          { name: 'enhancedCode', type: 'string' },
          { name: 'message', type: 'string' },
          { name: 'description', type: 'string' },
          { name: 'mxHost', type: 'string' },
          { name: 'mxIp', type: 'string' },
          { name: 'sessionSeconds', type: ['null', 'double'] },
        ],
      },
    ],
  },
  {
    name: 'bounce',
    type: [
      'null',
      {
        type: 'record',
        name: 'Bounce',
        fields: [
          { name: 'type', type: 'string' },
          { name: 'category', type: 'string' },
        ],
      },
    ],
  },
  { name: 'reason', type: 'string' },
];

const nullableLong = (name: string) => ({ name, type: ['null', 'long'], default: null });

/** What the mail was sent for. */
const v2Fields: Fields = ['templateId', 'listId', 'subscriberId', 'journeyId', 'actionId'].map(nullableLong);

const record = (fields: Fields): avsc.Schema => ({
  type: 'record',
  name: 'MailEvent',
  namespace: 'email_gateway.mail',
  fields,
});

/** Writer schemas of mail events, oldest first. Frozen: add a version and a sample, never edit one. */
export const mailEventSchemas: readonly avsc.Schema[] = [
  record(v1Fields),
  record([...v1Fields, ...v2Fields]),
];
