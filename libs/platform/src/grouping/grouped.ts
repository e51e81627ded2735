/** How items are grouped. */
export interface Grouping<Item, Result> {
  /** What becomes of each item, in order. When it throws, every item of the group is rejected with that. */
  run(items: readonly Item[]): Promise<readonly PromiseSettledResult<Result>[]>;
  /** How long a group keeps the next one waiting; ended or not, the next starts then. */
  readonly patienceMs: number;
  /** Most groups under way. */
  readonly atMost: number;
  readonly mostItems: number;
  /** Together at most; an item that is heavier goes alone. Unlimited unless told. */
  readonly mostWeight?: number;
  weightOf?(item: Item): number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly weight: number;
  readonly promise: PromiseWithResolvers<Result>;
}

/**
 * Work that is cheaper together: an item starts at once when nothing is under way, else it waits for that to end and goes with
 * what came meanwhile. So a lone item is never delayed, and the busier it gets, the larger the groups. A group that is slow
 * holds others up for its patience only.
 */
export class Grouped<Item, Result> {
  readonly #waiting: Waiting<Item, Result>[] = [];
  #underWay = 0;
  /** Groups under way that took longer than the patience. */
  #slow = 0;

  constructor(private readonly grouping: Grouping<Item, Result>) {}

  submit(item: Item): Promise<Result> {
    const promise = Promise.withResolvers<Result>();
    this.#waiting.push({ item, weight: this.grouping.weightOf?.(item) ?? 0, promise });
    this.#start();
    return promise.promise;
  }

  #start(): void {
    const { atMost, patienceMs } = this.grouping;
    while (this.#waiting.length > 0 && this.#underWay === this.#slow && this.#underWay < atMost) {
      this.#underWay += 1;
      let isSlow = false;
      const patience = setTimeout(() => {
        isSlow = true;
        this.#slow += 1;
        this.#start();
      }, patienceMs);
      patience.unref();
      void this.#run(this.#next()).finally(() => {
        clearTimeout(patience);
        this.#underWay -= 1;
        if (isSlow) this.#slow -= 1;
        this.#start();
      });
    }
  }

  #next(): Waiting<Item, Result>[] {
    const { mostItems, mostWeight = Infinity } = this.grouping;
    let count = 0;
    let weight = 0;
    for (const waiting of this.#waiting) {
      weight += waiting.weight;
      if (count === mostItems || (count > 0 && weight > mostWeight)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Never rejects. */
  async #run(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.grouping.run(group.map(({ item }) => item));
      for (const [at, { promise }] of group.entries()) {
        const result = results[at];
        if (result?.status === 'fulfilled') promise.resolve(result.value);
        else promise.reject(result?.reason ?? new Error('a group left an item without a result'));
      }
    } catch (error) {
      for (const { promise } of group) promise.reject(error);
    }
  }
}
