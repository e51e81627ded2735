/** How items are grouped. */
export interface Grouping<Item, Result> {
  /** What becomes of each item, in order. When it throws, every item of the group is rejected with that. */
  run(items: readonly Item[]): Promise<readonly PromiseSettledResult<Result>[]>;
  /** Groups under way at a time. */
  readonly atOnce: number;
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
 * Work that is cheaper together: an item starts at once while fewer than `atOnce` groups are under way, else it waits for one of
 * them to end and goes with what came meanwhile. A lone item is never delayed, and the busier it gets, the larger the groups.
 */
export class Grouped<Item, Result> {
  readonly #waiting: Waiting<Item, Result>[] = [];
  #underWay = 0;

  constructor(private readonly grouping: Grouping<Item, Result>) {}

  submit(item: Item): Promise<Result> {
    const promise = Promise.withResolvers<Result>();
    this.#waiting.push({ item, weight: this.grouping.weightOf?.(item) ?? 0, promise });
    this.#start();
    return promise.promise;
  }

  #start(): void {
    while (this.#waiting.length > 0 && this.#underWay < this.grouping.atOnce) {
      this.#underWay += 1;
      void this.#run(this.#next()).finally(() => {
        this.#underWay -= 1;
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
