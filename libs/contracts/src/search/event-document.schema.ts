import Type, { type Static, type TSchema } from 'typebox';
import { pascal, type PascalKeys } from './public-spelling.js';

const one = <Names extends string>(names: readonly Names[], description: string) =>
  Type.Enum([...names], { description });
const string = (description: string) => Type.String({ description });
const integer = (description: string) => Type.Integer({ description });
const number = (description: string) => Type.Number({ description });
const optional = Type.Optional;

/**
 * The document of one mail event, as Elasticsearch stores it, `getevents` returns it and webhooks carry it
 * (`event-data`). Dash-case keys; a key whose value is not known is absent.
 */
export const eventDocumentSchema = Type.Object({
  id: string('Identifies the event; the same after every repetition'),
  event: string('Canonical event name'),
  timestamp: integer('Time of the event in unix seconds'),
  'logged-at': string('The same time, ISO 8601 UTC with milliseconds; immutable, decides the index'),
  'log-level': one(['info', 'warn', 'error'], 'How bad the news is'),
  'user-id': integer('The account'),
  'domain-id': integer('The sender domain'),
  'sender-domain': optional(string('Name of the sender domain')),
  'message-id': string('The MessageID that the send call returned'),
  method: optional(string('How the message came in: `api` or `smtp`')),
  recipient: string('Envelope recipient'),
  'recipient-type': optional(string('`to`, `cc` or `bcc`')),
  envelope: optional(
    Type.Object({
      sender: optional(string('Return path')),
      'sending-ip': optional(string('Our address towards the recipient’s server')),
      targets: string('Envelope recipient'),
    }),
  ),
  message: Type.Object({
    headers: Type.Object({
      from: optional(string('From header')),
      to: optional(string('To header')),
      subject: optional(string('Subject header')),
    }),
    'to-domain': string('Domain of the recipient, lower case'),
    size: optional(integer('Size of the message in bytes')),
  }),
  'delivery-status': optional(
    Type.Object({
      code: optional(integer('SMTP reply code')),
      'enhanced-code': optional(string('Enhanced status code (RFC 3463)')),
      message: optional(string('Text of the SMTP reply')),
      description: optional(string('The status in the words of our MTA')),
      'mx-host': optional(string('The server that answered')),
      'mx-ip': optional(string('Its address')),
      'session-seconds': optional(number('From the first attempt to the outcome')),
    }),
  ),
  bounce: optional(
    Type.Object({
      type: string('`hard`, `soft`, or `block`: refused for content or reputation'),
      category: optional(string('Bounce category of the MTA, such as `bad-mailbox`')),
    }),
  ),
  severity: optional(one(['permanent', 'temporary'], 'Of a bounce: whether the address itself is bad')),
  reason: optional(string('Why: `bounce`, the reason of a rejection, or the feedback type of a complaint')),
  tags: optional(Type.Array(Type.String(), { description: 'Tags of the message' })),
  'list-id': optional(integer('Subscriber list that the message was sent to')),
  'subscriber-id': optional(integer('Subscriber that the message was sent to')),
  'journey-id': optional(integer('Journey that sent the message')),
  'action-id': optional(integer('Action of that journey')),
  'template-id': optional(integer('Template that the message was made from')),
  'queued-at': optional(string('When the gateway accepted the message, ISO 8601 UTC')),
  'processed-at': optional(
    string('When the message left our queue for good, ISO 8601 UTC; on the events that say so'),
  ),
  'queue-seconds': optional(number('From `queued-at` to `processed-at`')),
});

export type EventDocument = Static<typeof eventDocumentSchema>;

/** The document in the spelling of the public surface, see `toPublicDocument`. */
export type PublicDocument = PascalKeys<Omit<EventDocument, 'timestamp' | 'logged-at'>> & {
  /** Unix seconds. */
  LoggedAt: number;
};

export const publicDocumentSchema = Type.Unsafe<PublicDocument>(publicDocument());

function publicDocument(): TSchema {
  const { timestamp, 'logged-at': _iso, ...properties } = eventDocumentSchema.properties;
  return Type.Object({ ...publicProperties(properties), LoggedAt: timestamp });
}

function publicProperties(properties: Readonly<Record<string, TSchema>>): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      if (!Type.IsObject(schema)) return [pascal(name), schema];
      const nested = Type.Object(publicProperties(schema.properties));
      return [pascal(name), Type.IsOptional(schema) ? Type.Optional(nested) : nested];
    }),
  );
}
