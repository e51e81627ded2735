import kafkajs from 'kafkajs';

export class ProducerError extends Error {
  override readonly name = 'ProducerError';

  constructor(
    message: string,
    /** False when the same messages will be refused again, for example because one is larger than the topic allows. */
    readonly retriable: boolean,
    /** Kafka's name of the error, `MESSAGE_TOO_LARGE`; empty when no broker answered. */
    readonly type = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Answers of a broker to one batch that no repetition changes. Everything else is an outage or a missing topic. */
const REFUSED = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
]);

export function asProducerError(error: unknown): ProducerError {
  if (error instanceof ProducerError) return error;
  const cause = rootCause(error);
  const message = cause instanceof Error ? cause.message : String(cause);
  const type = cause instanceof kafkajs.KafkaJSProtocolError ? cause.type : '';
  return new ProducerError(message, !REFUSED.has(type), type, { cause: error });
}

function rootCause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootCause(error.cause) : error;
}
