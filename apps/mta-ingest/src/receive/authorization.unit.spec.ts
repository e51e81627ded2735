import { describe, expect, it } from '@jest/globals';
import { isAuthorized } from './authorization.js';

const credentials = { user: 'powermta', secret: 's:cret-of-16-chars' };
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the right to post', () => {
  it.each([
    `Bearer ${credentials.secret}`,
    `bearer  ${credentials.secret} `,
    basic(`powermta:${credentials.secret}`),
  ])('is given by %s', (header) => expect(isAuthorized(header, credentials)).toBe(true));

  it.each([
    undefined,
    '',
    'Bearer',
    credentials.secret,
    `Bearer ${credentials.secret}x`,
    `Bearer powermta:${credentials.secret}`,
    `Digest ${credentials.secret}`,
    basic(`other:${credentials.secret}`),
    basic('powermta:'),
    `Basic powermta:${credentials.secret}`,
  ])('is not given by %s', (header) => expect(isAuthorized(header, credentials)).toBe(false));
});
