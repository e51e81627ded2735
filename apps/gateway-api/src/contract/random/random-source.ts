import { createHash } from 'node:crypto';

/** Pseudo-random numbers that a seed and a name determine (mulberry32). */
export class RandomSource {
  private state: number;

  constructor(seed: number, name: string) {
    this.state = createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE(0);
  }

  /** At least 0, below 1. */
  number(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.number() * limit);
  }

  /** True in this share of the calls. */
  chance(share: number): boolean {
    return this.number() < share;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined && !from.includes(picked as T)) throw new Error('nothing to pick from');
    return picked as T;
  }
}
