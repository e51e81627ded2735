import { describe, expect, it } from '@jest/globals';
import { accepted, enhancedCodeOf, judge } from './reply.js';

describe('judging what came of a submission', () => {
  it.each([
    [
      'a 5xx to the recipient',
      { code: 'EENVELOPE', responseCode: 550, response: '550 5.1.1 no', command: 'RCPT TO' },
      'refused',
      550,
    ],
    [
      'a 5xx to the mail',
      { code: 'EMESSAGE', responseCode: 554, response: '554 no', command: 'DATA' },
      'refused',
      554,
    ],
    [
      'a 4xx to the recipient',
      { code: 'EENVELOPE', responseCode: 451, response: '451 later', command: 'RCPT TO' },
      'deferred',
      451,
    ],
    [
      'a 4xx to the sender',
      { code: 'EENVELOPE', responseCode: 450, response: '450 later', command: 'MAIL FROM' },
      'deferred',
      450,
    ],
    [
      '421: the MTA closes',
      { code: 'EENVELOPE', responseCode: 421, response: '421 bye', command: 'RCPT TO' },
      'unreachable',
      421,
    ],
    [
      'a 5xx in the greeting',
      { code: 'EPROTOCOL', responseCode: 554, response: '554 no SMTP', command: 'CONN' },
      'unreachable',
      554,
    ],
    [
      'a 5xx to EHLO',
      { code: 'ECONNECTION', responseCode: 502, response: '502 what', command: 'EHLO' },
      'unreachable',
      502,
    ],
    [
      'nobody there',
      { code: 'ESOCKET', message: 'connect ECONNREFUSED', command: 'CONN' },
      'unreachable',
      null,
    ],
    ['silence', { code: 'ETIMEDOUT', message: 'Timeout', command: 'CONN' }, 'unreachable', null],
    ['a connection lost on the way', { code: 'ECONNECTION', message: 'closed' }, 'unreachable', null],
    [
      'an address that SMTP cannot carry',
      { code: 'EENVELOPE', message: 'Invalid recipient', command: 'API' },
      'refused',
      null,
    ],
    [
      'a mail beyond the SIZE of the MTA',
      { code: 'EMESSAGE', message: 'too large', command: 'MAIL FROM' },
      'refused',
      null,
    ],
    ['something else', 'boom', 'unreachable', null],
  ])('%s', (_what, error, outcome, code) => {
    expect(judge(error)).toMatchObject({ outcome, code });
  });

  it('keeps the reply as it was', () => {
    expect(
      judge({ responseCode: 550, response: '550 5.1.1 no', command: 'RCPT TO', message: 'x' }).response,
    ).toBe('550 5.1.1 no');
    expect(accepted('250 2.0.0 queued as 7')).toEqual({
      outcome: 'accepted',
      code: 250,
      response: '250 2.0.0 queued as 7',
    });
  });

  it('finds the enhanced code behind the basic one', () => {
    expect(enhancedCodeOf('550 5.1.1 no')).toBe('5.1.1');
    expect(enhancedCodeOf('550-5.7.26 no')).toBe('5.7.26');
    expect(enhancedCodeOf('550 no 5.1.1')).toBe('');
    expect(enhancedCodeOf('550 5.1.1.2 no')).toBe('');
  });
});
