/**
 * Work that is asked for often and done one at a time: requests that come while it runs are answered together by one
 * more run after it.
 */
export class Repeatable {
  #requested = false;
  #running: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  /** Resolves, or rejects with the work's error, when a run that began after this request has ended. */
  request(): Promise<void> {
    this.#requested = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Resolves when nothing runs. */
  async ended(): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
  }

  async #run(): Promise<void> {
    // Requests of the same turn of the event loop share the run.
    await Promise.resolve();
    try {
      while (this.#requested) {
        this.#requested = false;
        await this.work();
      }
    } finally {
      // In the same step as the last look at #requested, so that no request falls in between.
      this.#running = undefined;
    }
  }
}
