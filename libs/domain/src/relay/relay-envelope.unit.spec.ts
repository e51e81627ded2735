import { describe, expect, it } from '@jest/globals';
import { classifyRecipients, exceededClass } from './relay-envelope.js';

describe('the recipients of a relayed mail', () => {
  const named = {
    to: ['Ann@Example.com', 'unasked@example.com'],
    cc: ['bob@example.com', 'ann@example.com'],
  };

  it('are those of the envelope, and nobody else', () => {
    expect(classifyRecipients(['ANN@example.com', 'bob@example.com', 'eve@example.com'], named)).toEqual([
      { email: 'ANN@example.com', type: 'to' },
      { email: 'bob@example.com', type: 'cc' },
      { email: 'eve@example.com', type: 'bcc' },
    ]);
  });

  it('get the mail once, however often and in whatever spelling they are named', () => {
    const twice = ['eve@example.com', 'Eve@Example.COM', 'eve@example.com'];
    expect(classifyRecipients(twice, named)).toEqual([{ email: 'eve@example.com', type: 'bcc' }]);
  });

  it('are limited class by class', () => {
    const recipients = classifyRecipients(
      ['ann@example.com', 'bob@example.com', 'x@a.com', 'y@a.com'],
      named,
    );
    expect(exceededClass(recipients, { to: 1, cc: 1, bcc: 2 })).toBeUndefined();
    expect(exceededClass(recipients, { to: 1, cc: 1, bcc: 1 })).toBe('bcc');
    expect(exceededClass(recipients, { to: 1, cc: 0, bcc: 1 })).toBe('cc');
    expect(exceededClass(recipients, { to: 0, cc: 0, bcc: 0 })).toBe('to');
  });
});
