import { connect } from 'node:net';

/** An ApiVersions request, version 0, correlation id 7, client id "eg": every Kafka broker answers it before anything else. */
const API_VERSIONS_REQUEST = Buffer.from('0000000c001200000000000700026567', 'hex');

/**
 * Asks one broker for a sign of life on a connection of its own. A broker that is stopped still accepts
 * connections, so only an answer counts.
 *
 * @throws Error when there is no right answer within `timeoutMs`
 */
export function probeBroker(address: string, timeoutMs: number): Promise<void> {
  const separator = address.lastIndexOf(':');
  const host = address.slice(0, separator).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(separator + 1));
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let answer = Buffer.alloc(0);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    const timer = setTimeout(
      () => finish(new Error(`no answer from ${address} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.on('error', (error) => finish(new Error(`${address}: ${error.message || String(error)}`)));
    socket.on('close', () => finish(new Error(`${address} closed the connection`)));
    socket.on('connect', () => socket.write(API_VERSIONS_REQUEST));
    socket.on('data', (data) => {
      answer = Buffer.concat([answer, data]);
      if (answer.length < 10) return;
      const rightAnswer = answer.readInt32BE(4) === 7 && answer.readInt16BE(8) === 0;
      finish(rightAnswer ? undefined : new Error(`${address} is not a Kafka broker`));
    });
  });
}

/** Resolves when any of the brokers answers. */
export async function probeBrokers(brokers: readonly string[], timeoutMs = 1_500): Promise<void> {
  try {
    await Promise.any(brokers.map((broker) => probeBroker(broker, timeoutMs)));
  } catch (error) {
    const reasons =
      error instanceof AggregateError ? error.errors.map((e: Error) => e.message) : [String(error)];
    throw new Error(reasons.join('; '), { cause: error });
  }
}
