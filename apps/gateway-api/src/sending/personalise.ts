import type { MessageContent } from '#contracts/sending/message-content';

/** A subscriber in whose context a mail is sent. */
export interface Subscriber {
  readonly subscriberId: number;
  readonly listId: number;
  readonly email: string;
  readonly name: string;
  /** The list's own fields; text, numbers and booleans can be shown. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly subscribedAt: Date;
}

/** `{{ Subscriber:City|"your town" }}`, `{{{ … }}}`, `%Subscriber:City%`. */
const TAG =
  /\{\{\{ *Subscriber:([A-Za-z0-9_]{1,64}) *(?:\| *"([^"{}]{0,255})" *)?\}\}\}|\{\{ *Subscriber:([A-Za-z0-9_]{1,64}) *(?:\| *"([^"{}]{0,255})" *)?\}\}|%Subscriber:([A-Za-z0-9_]{1,64})%/g;

/** Characters that no header line may carry: a subscriber's data must not begin another. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]+/g;

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Puts a subscriber's data into subject and bodies (API contract, "Send Email via API": SubscriberID is there for
 * personalisation). Tags are `{{ Subscriber:Field }}` and `%Subscriber:Field%`, encoded in HTML, and `{{{ Subscriber:Field }}}`, as it
 * is; the first and the last take what stands for an empty value, `{{ Subscriber:Field|"there" }}`. Fields are EmailAddress,
 * Name, SubscriberID, ListID, SubscriptionDate and the subscriber's own, in any letter case; one that is not known is empty.
 */
export function personalised<Content extends Pick<MessageContent, 'subject' | 'html' | 'plain'>>(
  content: Content,
  subscriber: Subscriber,
): Content {
  const values = valuesOf(subscriber);
  const fill = (text: string, encode: (value: string) => string) =>
    text.replace(
      TAG,
      (_tag, raw?: string, rawElse?: string, encoded?: string, encodedElse?: string, legacy?: string) => {
        const value = values.get((raw ?? encoded ?? legacy ?? '').toLowerCase()) ?? '';
        const shown = value === '' ? (rawElse ?? encodedElse ?? '') : value;
        return raw === undefined ? encode(shown) : shown;
      },
    );
  const plainly = (value: string) => value;
  return {
    ...content,
    subject: fill(content.subject, plainly).replace(CONTROL, ' '),
    html: content.html === null ? null : fill(content.html, inHtml),
    plain: content.plain === null ? null : fill(content.plain, plainly),
  };
}

function valuesOf({ fields, ...subscriber }: Subscriber): ReadonlyMap<string, string> {
  const shown = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  return new Map([
    ...Object.entries(fields).map(([name, value]) => [name.toLowerCase(), shown(value)] as const),
    ['emailaddress', subscriber.email],
    ['name', subscriber.name],
    ['subscriberid', String(subscriber.subscriberId)],
    ['listid', String(subscriber.listId)],
    ['subscriptiondate', subscriber.subscribedAt.toISOString().slice(0, 10)],
  ]);
}

function inHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character);
}
