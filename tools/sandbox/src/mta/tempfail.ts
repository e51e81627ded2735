const REFUSALS = 2;

/**
 * Counts how often a recipient of a mail was refused for the time being. Bounded: the oldest entry is forgotten.
 */
export class TemporaryRefusals {
  private readonly counts = new Map<string, number>();

  constructor(private readonly limit = 100_000) {}

  /** True the first two times for the same mail and recipient; from then on false. */
  refuses(mail: string, recipient: string): boolean {
    const key = `${mail}\n${recipient.toLowerCase()}`;
    const count = this.counts.get(key) ?? 0;
    if (count >= REFUSALS) return false;
    this.counts.set(key, count + 1);
    if (this.counts.size > this.limit) {
      const oldest = this.counts.keys().next();
      if (oldest.done !== true) this.counts.delete(oldest.value);
    }
    return true;
  }
}
