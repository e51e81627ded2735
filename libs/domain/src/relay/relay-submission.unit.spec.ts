import { describe, expect, it } from '@jest/globals';
import { leftToQueue } from './relay-submission.js';

const submission = (content: string, ...emails: readonly string[]) => ({
  recipients: emails.map((email) => ({ email })),
  content,
});
const queued = (content: string, ...recipients: readonly string[]) => ({ recipients, content });
const emails = (left: ReturnType<typeof leftToQueue>) =>
  left === 'other-content' ? left : left.map(({ email }) => email);

describe('what is left of a submission under a UUID', () => {
  it('is all of it the first time', () => {
    expect(emails(leftToQueue(submission('x', 'a@x.example', 'b@x.example'), []))).toEqual([
      'a@x.example',
      'b@x.example',
    ]);
  });

  it('is nothing when it comes again, in whatever letter case and order', () => {
    const before = [queued('x', 'a@x.example', 'B@x.example')];
    expect(emails(leftToQueue(submission('x', 'b@X.example', 'A@x.example'), before))).toEqual([]);
    expect(emails(leftToQueue(submission('x', 'b@x.example'), before))).toEqual([]);
  });

  it('is the recipients that are new, also with another content', () => {
    const before = [queued('x', 'a@x.example'), queued('x', 'b@x.example')];
    expect(emails(leftToQueue(submission('x', 'b@x.example', 'c@x.example'), before))).toEqual([
      'c@x.example',
    ]);
    expect(emails(leftToQueue(submission('y', 'c@x.example'), before))).toEqual(['c@x.example']);
  });

  it('cannot be told when one of its recipients has another content', () => {
    const before = [queued('x', 'a@x.example'), queued('y', 'b@x.example')];
    expect(leftToQueue(submission('y', 'c@x.example', 'b@x.example', 'a@x.example'), before)).toBe(
      'other-content',
    );
  });
});
