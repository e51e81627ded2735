/** One message that a producer took. */
export interface SentMessage {
  topic: string;
  key: string;
  value: Buffer;
  headers: Record<string, string> | undefined;
}

type Batches = readonly {
  topic: string;
  messages: readonly { key: Buffer; value: Buffer; headers?: Record<string, string> }[];
}[];

/** A producer that keeps what it is given; what the broker does meanwhile is the test's to say. */
export class RecordingProducer {
  /** What the broker took, in order. */
  readonly sent: SentMessage[] = [];
  calls = 0;
  /** Runs before a call's messages are kept; a rejection is the call's, and nothing is kept. */
  before: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly log: SentMessage[] = []) {}

  async send(batches: Batches): Promise<void> {
    this.calls += 1;
    await this.before();
    for (const { topic, messages } of batches) {
      for (const { key, value, headers } of messages) {
        const message = { topic, key: key.toString(), value, headers };
        this.sent.push(message);
        this.log.push(message);
      }
    }
  }
}
