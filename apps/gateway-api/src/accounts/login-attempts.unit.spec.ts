import { describe, expect, it } from '@jest/globals';
import { LoginAttempts } from './login-attempts.js';

const FIVE_MINUTES = 300_000;

/** Takes attempts until one is refused, at most `most`. */
const taken = (attempts: LoginAttempts, name: string, address: string, now: number, most = 30) => {
  let count = 0;
  while (count < most && attempts.begin(name, address, now) === 0) count += 1;
  return count;
};

describe('login attempts', () => {
  it('are ten in five minutes, counted from the first', () => {
    const attempts = new LoginAttempts();
    expect(attempts.begin('ann', '192.0.2.1', 1000)).toBe(0);
    expect(taken(attempts, 'ann', '192.0.2.1', 2000)).toBe(9);
    expect(attempts.begin('ann', '192.0.2.1', 3000)).toBe(FIVE_MINUTES - 2000);
    expect(attempts.begin('ann', '192.0.2.1', 1000 + FIVE_MINUTES - 1)).toBe(1);
    expect(taken(attempts, 'ann', '192.0.2.1', 1000 + FIVE_MINUTES)).toBe(10);
  });

  it('are counted for each name and address apart', () => {
    const attempts = new LoginAttempts();
    taken(attempts, 'ann', '192.0.2.1', 0);
    expect(taken(attempts, 'bob', '192.0.2.1', 0)).toBe(10);
    expect(taken(attempts, 'ann', '192.0.2.2', 0)).toBe(10);
  });

  it('start anew after a right password', () => {
    const attempts = new LoginAttempts();
    taken(attempts, 'ann', '192.0.2.1', 0, 9);
    attempts.succeeded('ann', '192.0.2.1');
    expect(taken(attempts, 'ann', '192.0.2.1', 0)).toBe(10);
  });

  it('are counted for a whole IPv6 network, and for an IPv4 address in either notation', () => {
    const attempts = new LoginAttempts();
    taken(attempts, 'ann', '2001:db8:0:1::1', 0);
    expect(taken(attempts, 'ann', '2001:db8:0:1:ffff::2', 0)).toBe(0);
    expect(taken(attempts, 'ann', '2001:db8:0:2::1', 0)).toBe(10);
    taken(attempts, 'ann', '::ffff:192.0.2.1', 0);
    expect(taken(attempts, 'ann', '192.0.2.1', 0)).toBe(0);
  });

  it('are forgotten, the eldest first, when there are too many to keep', () => {
    const attempts = new LoginAttempts();
    taken(attempts, 'first', '192.0.2.1', 0);
    taken(attempts, 'second', '192.0.2.1', 1);
    for (let no = 0; no < 19_999; no += 1) attempts.begin(`n${no}`, '192.0.2.1', 2);
    expect(taken(attempts, 'second', '192.0.2.1', 3)).toBe(0);
    expect(taken(attempts, 'first', '192.0.2.1', 3)).toBe(10);
  });
});
