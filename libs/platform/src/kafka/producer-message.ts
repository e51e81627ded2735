export type HeaderValue = string | Buffer | (string | Buffer)[];

export interface ProducerMessage {
  /** Decides the partition: messages of one key keep their order. `null` spreads them. */
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Record<string, HeaderValue>;
}

export interface ProducerBatch {
  readonly topic: string;
  readonly messages: readonly ProducerMessage[];
}
