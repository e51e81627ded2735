import { describe, expect, it } from '@jest/globals';
import { createHash, scryptSync } from 'node:crypto';
import { decoyHash, verifyPassword } from './password.js';
import { PasswordVerifier, VerifierBusy, type PasswordVerifierOptions } from './password-verifier.js';

/** A cheap stored hash, so that a test computes hundreds. */
function stored(password: string, salt = 'salt'): string {
  const bytes = createHash('sha256').update(salt).digest().subarray(0, 16);
  const unpadded = (data: Buffer) => data.toString('base64').replace(/=+$/, '');
  const hash = scryptSync(password, bytes, 32, { N: 2, r: 8, p: 1 });
  return `$scrypt$ln=1,r=8,p=1$${unpadded(bytes)}$${unpadded(hash)}`;
}

function verifier(options: Partial<PasswordVerifierOptions> = {}) {
  let now = 0;
  const made = new PasswordVerifier({
    rememberMs: 1000,
    mostRemembered: 100,
    atOnce: 2,
    mostWaiting: 100,
    now: () => now,
    ...options,
  });
  return { verifier: made, passes: (ms: number) => (now += ms) };
}

const timed = async (work: Promise<unknown>) => {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
};

describe('a password', () => {
  it('is right or wrong, first and later', async () => {
    const { verifier: passwords } = verifier();
    const hash = stored('right');
    for (const _ of [1, 2, 3]) {
      expect(await passwords.verify('right', hash)).toBe(true);
      expect(await passwords.verify('wrong', hash)).toBe(false);
      expect(await passwords.verify('', hash)).toBe(false);
    }
  });

  it('is believed for its own stored hash only', async () => {
    const { verifier: passwords } = verifier();
    expect(await passwords.verify('right', stored('right'))).toBe(true);
    // Reset to another password, to the same with another salt, and gone.
    expect(await passwords.verify('right', stored('other'))).toBe(false);
    expect(await passwords.verify('right', stored('right', 'new'))).toBe(true);
    expect(await passwords.verify('right', undefined)).toBe(false);
  });

  it('of nobody takes as long as a wrong one, again and again', async () => {
    const { verifier: passwords } = verifier();
    const wrong = await timed(passwords.verify('x', decoyHash()));
    const nobody = [
      await timed(passwords.verify('x', undefined)),
      await timed(passwords.verify('x', undefined)),
    ];
    for (const ms of nobody) expect(ms).toBeGreaterThan(wrong / 4);
  });
});

describe('a decoy', () => {
  it('is a hash of the usual cost that no password has', async () => {
    expect(decoyHash()).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(decoyHash()).not.toBe(decoyHash());
    expect(await verifyPassword('', decoyHash())).toBe(false);
  });
});

describe('a right pair', () => {
  /** Whether the pair is computed: a full queue refuses what would have to be. */
  const isRemembered = async (passwords: PasswordVerifier, password: string, hash: string) => {
    const blockers = [1, 2].map((no) => passwords.verify(`blocker ${no}`, stored('another')));
    const known = await passwords.verify(password, hash).catch((error: unknown) => error);
    await Promise.all(blockers);
    return known === true;
  };
  const full = { mostWaiting: 0, atOnce: 2 };

  it('is not computed again until its time is over, however often it is used', async () => {
    const { verifier: passwords, passes } = verifier(full);
    const hash = stored('right');
    expect(await isRemembered(passwords, 'right', hash)).toBe(false);
    await passwords.verify('right', hash);
    for (const _ of [1, 2, 3]) {
      expect(await isRemembered(passwords, 'right', hash)).toBe(true);
      passes(333);
    }
    passes(1);
    expect(await isRemembered(passwords, 'right', hash)).toBe(false);
  });

  it('is forgotten when there are too many, the oldest first', async () => {
    const { verifier: passwords, passes } = verifier({ ...full, mostRemembered: 2 });
    const hashes = ['a', 'b', 'c'].map((password) => [password, stored(password)] as const);
    for (const [password, hash] of hashes) {
      await passwords.verify(password, hash);
      passes(1);
    }
    const known = [];
    for (const [password, hash] of hashes) known.push(await isRemembered(passwords, password, hash));
    expect(known).toEqual([false, true, true]);
  });

  it('is not pushed out by wrong ones', async () => {
    const { verifier: passwords } = verifier({ ...full, mostRemembered: 1 });
    const hash = stored('right');
    await passwords.verify('right', hash);
    for (const wrong of ['x', 'y', 'z']) await passwords.verify(wrong, hash);
    expect(await isRemembered(passwords, 'right', hash)).toBe(true);
  });
});

describe('many at once', () => {
  it('share the computation of one pair', async () => {
    // Room for one computation and none that waits: a second one would be refused.
    const { verifier: passwords } = verifier({ atOnce: 1, mostWaiting: 0 });
    const hash = stored('right');
    expect(await Promise.all(Array.from({ length: 50 }, () => passwords.verify('right', hash)))).toEqual(
      Array.from({ length: 50 }, () => true),
    );
    expect(await Promise.all([1, 2, 3].map(() => passwords.verify('wrong', hash)))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('wait for their turn, each gets its answer, and what is too much is refused', async () => {
    const { verifier: passwords } = verifier({ atOnce: 2, mostWaiting: 5 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, no) =>
        passwords.verify(`p${no}`, stored(no % 2 === 0 ? `p${no}` : 'other', `${no}`)),
      ),
    );
    const values = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : outcome.reason instanceof VerifierBusy,
    );
    expect(outcomes.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(3);
    expect(values.slice(0, 7)).toEqual([true, false, true, false, true, false, true]);
    expect(values.slice(7)).toEqual([true, true, true]);
  });

  it('have the same room after a rush as before it', async () => {
    const { verifier: passwords } = verifier({ atOnce: 1, mostWaiting: 1 });
    const rush = async (size: number) => {
      const all = Array.from({ length: size }, (_, no) => passwords.verify(`${no}`, stored('other')));
      return (await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled').length;
    };
    for (const size of [2, 3, 4]) expect(await rush(size)).toBe(2);
  });
});
