import { describe, expect, it } from '@jest/globals';
import { personalised, type Subscriber } from './personalise.js';

const jane: Subscriber = {
  subscriberId: 7,
  listId: 3,
  email: 'jane@inbox.example',
  name: 'Jane <Doe>',
  fields: {
    City: 'Köln & Bonn',
    age: 30,
    vip: true,
    Empty: '',
    Nested: { a: 1 },
    Hostile: 'x\r\nBcc: y@z.example',
  },
  subscribedAt: new Date('2026-03-05T23:59:00Z'),
};
const inHtml = (html: string) => personalised({ subject: '', html, plain: null }, jane).html;
const inPlain = (plain: string) => personalised({ subject: '', html: null, plain }, jane).plain;

describe('personalisation', () => {
  it('fills subject and both bodies, encoded in HTML only', () => {
    const text = 'Hi {{ Subscriber:Name }} from %Subscriber:City%';
    expect(personalised({ subject: text, html: text, plain: text }, jane)).toEqual({
      subject: 'Hi Jane <Doe> from Köln & Bonn',
      html: 'Hi Jane &lt;Doe&gt; from Köln &amp; Bonn',
      plain: 'Hi Jane <Doe> from Köln & Bonn',
    });
  });

  it.each([
    ['{{Subscriber:EmailAddress}}', 'jane@inbox.example'],
    ['{{ Subscriber:SubscriberID }}-{{ Subscriber:ListID }}', '7-3'],
    ['{{ Subscriber:SubscriptionDate }}', '2026-03-05'],
    ['{{ Subscriber:CITY }}', 'Köln & Bonn'],
    ['{{ Subscriber:Age }} {{ Subscriber:vip }}', '30 true'],
    ['{{ Subscriber:Empty|"there" }}', 'there'],
    ['{{ Subscriber:Unknown | "there" }}', 'there'],
    ['{{ Subscriber:Unknown }}%Subscriber:Unknown%', ''],
    ['{{ Subscriber:City|"there" }}', 'Köln & Bonn'],
    ['{{ Subscriber:Nested }}', ''],
    [
      '{{ User:FirstName }} %Link:Unsubscribe% {{ Subscriber:}} 100%',
      '{{ User:FirstName }} %Link:Unsubscribe% {{ Subscriber:}} 100%',
    ],
  ])('makes %s %s', (text, expected) => {
    expect(inPlain(text)).toBe(expected);
  });

  it('leaves a value as it is between three braces', () => {
    expect(inHtml('{{{ Subscriber:Name }}} {{{ Subscriber:Unknown|"<b>you</b>" }}}')).toBe(
      'Jane <Doe> <b>you</b>',
    );
    expect(inHtml('{{ Subscriber:Unknown|"<b>" }}')).toBe('&lt;b&gt;');
  });

  it('never begins another header line', () => {
    const { subject } = personalised({ subject: '{{ Subscriber:Hostile }}', html: null, plain: null }, jane);
    expect(subject).toBe('x Bcc: y@z.example');
  });

  it('does not fill what a value brings along', () => {
    const trickster = { ...jane, name: '{{ Subscriber:EmailAddress }}' };
    expect(
      personalised({ subject: '{{ Subscriber:Name }}', html: null, plain: null }, trickster).subject,
    ).toBe('{{ Subscriber:EmailAddress }}');
  });
});
