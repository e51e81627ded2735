import { createHmac, randomBytes } from 'node:crypto';
import { decoyHash, verifyPassword } from './password.js';

export interface PasswordVerifierOptions {
  /** How long a pair that was right is believed without another computation, in ms. */
  readonly rememberMs: number;
  /** Most pairs that are remembered; the oldest is forgotten first. */
  readonly mostRemembered: number;
  /** Computations at the same time. Each fills a core and one of the four threads that files and DNS share. */
  readonly atOnce: number;
  /** Most computations that wait for their turn. */
  readonly mostWaiting: number;
  /** A clock that never goes back, in ms. */
  readonly now?: () => number;
}

/** Too many passwords wait to be verified already. Nothing is known about this one; it may be tried again. */
export class VerifierBusy extends Error {
  override readonly name = 'VerifierBusy';
}

/**
 * Verifies passwords that come with every request, of which each would cost a tenth of a second and more: a pair that was
 * right is remembered for a while in this process.
 *
 * A pair is a password and the stored hash that the caller has just read, so a password that was reset, or a login that is
 * gone, is never believed; and a hash is salted, so a pair belongs to one login. Kept is its HMAC under a key that the
 * process makes for itself, never a password. Wrong passwords are not remembered, so nobody can push out what is.
 */
export class PasswordVerifier {
  readonly #key = randomBytes(32);
  /** Until when each pair is believed; the oldest first. */
  readonly #remembered = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #waiting: (() => void)[] = [];
  readonly #decoy = decoyHash();
  readonly #now: () => number;
  #running = 0;

  constructor(private readonly options: PasswordVerifierOptions) {
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * @param stored the hash of the login; undefined for a login that does not exist, which takes as long as a wrong password.
   * @throws VerifierBusy
   */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const hash = stored ?? this.#decoy;
    const pair = createHmac('sha256', this.#key).update(hash).update('\0').update(password).digest('base64');
    if (this.#isRemembered(pair)) return true;
    let verdict = this.#underWay.get(pair);
    if (verdict === undefined) {
      verdict = this.#inTurn(() => verifyPassword(password, hash)).finally(() => this.#underWay.delete(pair));
      this.#underWay.set(pair, verdict);
    }
    const isRight = await verdict;
    if (isRight) this.#remember(pair);
    return isRight;
  }

  #isRemembered(pair: string): boolean {
    const until = this.#remembered.get(pair);
    return until !== undefined && this.#now() < until;
  }

  /** From the computation on, not from the last use: each pair is computed anew once in a while. */
  #remember(pair: string): void {
    if (this.#isRemembered(pair)) return;
    this.#remembered.delete(pair);
    this.#remembered.set(pair, this.#now() + this.options.rememberMs);
    for (const [oldest, until] of this.#remembered) {
      if (until > this.#now() && this.#remembered.size <= this.options.mostRemembered) return;
      this.#remembered.delete(oldest);
    }
  }

  async #inTurn(work: () => Promise<boolean>): Promise<boolean> {
    if (this.#running >= this.options.atOnce) {
      if (this.#waiting.length >= this.options.mostWaiting) throw new VerifierBusy('too many passwords wait');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      // A turn goes over to the next in line, or back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
