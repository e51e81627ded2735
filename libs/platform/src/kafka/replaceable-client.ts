import { closeClient, type Kafka, type OpenClient } from './connection.js';
import { ProducerError } from './producer-error.js';

/**
 * Bounds one request including kafkajs' own retries of it; those nest, so their sum cannot be stated. Three request time-outs
 * (connection.ts) and a bit: a broker that was stopped for some seconds is waited for, and a caller hears about a longer outage in time
 * to pause.
 */
const REQUEST_DEADLINE_MS = 16_000;
const CLOSE_WITHIN_MS = 2_000;

/** What a producer works with, and what ends it. */
export interface Connected {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** The client of a producer: opened when it is first needed, and thrown away when a request failed, with whatever state it is in. */
export class ReplaceableClient<Part extends Connected> {
  #client: Promise<{ part: Part; close: () => Promise<void> }> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly partOf: (opened: OpenClient) => Part,
  ) {}

  async part(): Promise<Part> {
    this.#client ??= this.#open();
    return (await this.#client).part;
  }

  /** The next request opens a client of its own; whatever this one still does ends with its connections. */
  discard(): void {
    const client = this.#client;
    this.#client = undefined;
    // Nobody is left whom a client that never opened, or does not close, would concern.
    client?.then(({ close }) => close()).catch(() => undefined);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.then(
      ({ close }) => close(),
      () => undefined,
    );
  }

  async #open(): Promise<{ part: Part; close: () => Promise<void> }> {
    const opened = this.kafka.open();
    const part = this.partOf(opened);
    const close = (): Promise<void> => closeClient(() => part.disconnect(), opened.destroy, CLOSE_WITHIN_MS);
    try {
      await part.connect();
    } catch (error) {
      await close();
      throw error;
    }
    return { part, close };
  }
}

/** Rejects with ProducerError when the request takes too long; it may go on all the same. */
export async function withinDeadline<Result>(request: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new ProducerError(`not acknowledged within ${REQUEST_DEADLINE_MS} ms`, true)),
      REQUEST_DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([request, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
