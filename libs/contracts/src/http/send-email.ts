import Type, { type Static } from 'typebox';
import { any, flag, text } from './parameters.js';

const mailbox = {
  type: 'object',
  required: ['name', 'email'],
  properties: {
    name: { type: 'string', maxLength: 255 },
    email: { type: 'string', maxLength: 254 },
  },
};
const mailboxes = { type: 'array', items: mailbox };
const reference = {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^[0-9]{1,10}$' },
  ],
};
const attachment = {
  type: 'object',
  required: ['filename', 'content'],
  properties: {
    filename: { type: 'string', maxLength: 255 },
    content: { type: 'string', contentEncoding: 'base64' },
    type: { type: 'string' },
    disposition: { type: 'string', enum: ['', 'attachment', 'inline'] },
    contentid: { type: 'string' },
  },
};

/** `emailgateway.sendemail`, `POST /api/v1/email`. */
export const sendEmailInput = Type.Object({
  Subject: Type.Optional(text('Subject line')),
  ContentType: Type.Optional(text('`html` or `plain`, in any letter case')),
  HTMLContent: Type.Optional(text('HTML body; required when ContentType is html and no TemplateID is given')),
  PlainContent: Type.Optional(
    text('Text body; required when ContentType is plain and no TemplateID is given'),
  ),
  From: Type.Optional(any('`{name, email}`; the address is on the domain of the key', mailbox)),
  To: Type.Optional(any('`[{name, email}]`; required unless TargetListID is given', mailboxes)),
  CC: Type.Optional(any('`[{name, email}]`', mailboxes)),
  BCC: Type.Optional(any('`[{name, email}]`', mailboxes)),
  ReplyTo: Type.Optional(any('`[{name, email}]`', mailboxes)),
  Tags: Type.Optional(
    any('Texts that the events of the mail carry', { type: 'array', items: { type: 'string' } }),
  ),
  Headers: Type.Optional(
    any('Header fields as an object; names keep their spelling', {
      type: 'object',
      additionalProperties: { type: ['string', 'number', 'boolean'] },
    }),
  ),
  TrackLinks: Type.Optional(flag("Link tracking; default: the domain's LinkTracking")),
  TrackOpens: Type.Optional(flag("Open tracking; default: the domain's OpenTracking")),
  SendAt: Type.Optional(
    any('Unix seconds, or `YYYY-MM-DD HH:MM:SS` in UTC; the past means now', { type: ['integer', 'string'] }),
  ),
  Attachments: Type.Optional(
    any('`[{filename, content, type, disposition, contentid}]`, content in base64', {
      type: 'array',
      items: attachment,
    }),
  ),
  TemplateID: Type.Optional(any('Email template; gives the content that the call does not', reference)),
  TargetListID: Type.Optional(
    any(
      'Subscriber list to send to: one mail for each subscriber, by address; To says nothing then',
      reference,
    ),
  ),
  ListID: Type.Optional(any('List of the subscriber context', reference)),
  SubscriberID: Type.Optional(
    any(
      'Subscriber of the context, on ListID when that is given; fills `{{ Subscriber:Field }}` tags',
      reference,
    ),
  ),
  JourneyID: Type.Optional(any('Journey that sends', reference)),
  ActionID: Type.Optional(any('Action that sends; of JourneyID when that is given', reference)),
});

export const sendEmailOutput = Type.Object({
  MessageID: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String())], {
      description:
        'UUID of the mail; with TargetListID one per mail, in the order of the addresses. Absent when the list has no subscriber: nothing was queued',
    }),
  ),
});
export type SendEmailInput = Static<typeof sendEmailInput>;
