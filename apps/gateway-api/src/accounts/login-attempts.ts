import { networkOf } from '../http/rate-limit/network.js';

const MOST_ATTEMPTS = 10;
const WINDOW_MS = 300_000;
/** Bounds the memory; more than can be reached within a window at the pace of `PasswordCheck`. */
const MOST_KEYS = 20_000;

/**
 * Wrong passwords per account name and network, within five minutes from the first. The counts are this process's own
 * and start anew with it: they slow guessing down, they are no record.
 */
export class LoginAttempts {
  /** In the order in which their windows end. */
  private readonly windows = new Map<string, { count: number; readonly endsAt: number }>();

  /**
   * Counts an attempt before its password is looked at, so that attempts at the same time count as well.
   * @param name as `foldName` gives it
   * @param now ms of any clock that only goes forward
   * @returns ms until a further attempt is taken; 0 = this one is
   */
  begin(name: string, address: string, now: number): number {
    const key = keyOf(name, address);
    const window = this.windows.get(key);
    if (window !== undefined && window.endsAt > now) {
      if (window.count >= MOST_ATTEMPTS) return window.endsAt - now;
      window.count += 1;
      return 0;
    }
    this.windows.delete(key);
    this.windows.set(key, { count: 1, endsAt: now + WINDOW_MS });
    const [eldest] = this.windows.keys();
    if (this.windows.size > MOST_KEYS && eldest !== undefined) this.windows.delete(eldest);
    return 0;
  }

  /** The password was right: what went wrong before is forgotten. */
  succeeded(name: string, address: string): void {
    this.windows.delete(keyOf(name, address));
  }
}

const keyOf = (name: string, address: string) => `${networkOf(address)} ${name}`;
