import { randomBytes } from 'node:crypto';
import { hashPassword, verifyPassword } from '#platform/crypto/password';

/**
 * Each check takes a tenth of a second of a processor and 32 MiB: two at a time leave half of the thread pool to others,
 * and those that wait are answered within one or two seconds.
 */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 20;

/** Compares passwords with their hashes at a bounded cost, and as slowly for accounts that are not there. */
export class PasswordCheck {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private decoy: Promise<string> | undefined;

  /** Whether another password can be taken; check it in the same turn of the event loop. */
  get isFree(): boolean {
    return this.running < MOST_AT_ONCE || this.waiting.length < MOST_WAITING;
  }

  /** @param hash `undefined` when there is no such account: false, after the same work */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    await this.enter();
    try {
      this.decoy ??= hashPassword(randomBytes(16).toString('hex'));
      const decoy = await this.decoy;
      const matches = await verifyPassword(password, hash ?? decoy);
      return matches && hash !== undefined;
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
  }

  /** A place is handed on to who waits longest. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }
}
