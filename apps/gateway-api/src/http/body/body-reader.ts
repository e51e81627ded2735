import type { IncomingMessage, ServerResponse } from 'node:http';
import { HardFailure } from '../hard-failure.js';
import { Arrival } from './arrival.js';
import { BodyBudget } from './body-budget.js';

export interface BodyLimits {
  readonly bodyLimitBytes: number;
  readonly bodyTimeoutMs: number;
  readonly bodyMemoryBytes: number;
}

/** How often it is looked at how fast a body arrives. */
const LOOK_EVERY_MS = 1_500;
/** Slower than any link that somebody would send a mail over; a body that comes by drops takes a connection and memory for nothing. */
const LEAST_BYTES_PER_S = 500;
/** A refused client may go on sending for so long, so that it comes to read the refusal. */
const LINGER_MS = 3_000;
/** Time for the reply to arrive before an attacker's connection is closed. */
const CUT_OFF_MS = 200;

/**
 * Receives request bodies within bounds of size, time, memory and structure. A body that passes one is refused at once; what
 * still arrives of it is thrown away.
 */
export class BodyReader {
  private readonly budget: BodyBudget;

  constructor(private readonly limits: BodyLimits) {
    this.budget = new BodyBudget(Math.max(limits.bodyMemoryBytes, limits.bodyLimitBytes));
  }

  /**
   * The body, whole; `undefined` when there is none. Its bytes count until the response is done.
   * @throws HardFailure 413, 408 or 429 for what is too large, too slow or too much at once, 100000 for what is encoded or nobody can read
   */
  async read(
    request: IncomingMessage,
    response: ServerResponse,
    contentType: string,
  ): Promise<Buffer | undefined> {
    const { bodyLimitBytes } = this.limits;
    const announced = announcedLength(request);
    if (announced === 0 || (announced === undefined && request.headers['transfer-encoding'] === undefined))
      return undefined;
    if (announced !== undefined && announced > bodyLimitBytes) {
      linger(request, response);
      throw HardFailure.bodyTooLarge(bodyLimitBytes);
    }
    const encoding = request.headers['content-encoding']?.trim() ?? '';
    if (encoding !== '' && encoding.toLowerCase() !== 'identity') {
      linger(request, response);
      throw HardFailure.encodedBody(encoding);
    }
    const arrival = new Arrival({ request, contentType, announced, limit: bodyLimitBytes });
    const share = this.budget.open(() => arrival.refuse(HardFailure.tooMuchAtOnce()));
    const stopWatching = this.watch(arrival);
    response.once('close', () => share.release());
    try {
      const bytes = await arrival.receive(share);
      share.arrived();
      return bytes;
    } catch (error) {
      share.release();
      if (arrival.isShredded) cutOff(request, response);
      else linger(request, response);
      throw error;
    } finally {
      stopWatching();
    }
  }

  /** Refuses a body that trickles, or is not there in time. @returns what ends that */
  private watch(arrival: Arrival): () => void {
    const { bodyTimeoutMs } = this.limits;
    const began = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const look = () => {
      const left = bodyTimeoutMs - (performance.now() - began);
      if (left <= 0) arrival.refuse(HardFailure.bodyTooSlow(bodyTimeoutMs));
      else if (timer !== undefined && arrival.rateSince(began) < LEAST_BYTES_PER_S)
        arrival.refuse(HardFailure.bodyTrickles(LEAST_BYTES_PER_S));
      else timer = setTimeout(look, Math.min(LOOK_EVERY_MS, left));
    };
    look();
    return () => clearTimeout(timer);
  }
}

function announcedLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/**
 * Reads on without keeping anything, until the client has said everything or had its time: a connection that is closed on
 * a client in the middle of its sentence loses the reply, too.
 */
function linger(request: IncomingMessage, response: ServerResponse): void {
  // Also when the client asked to close: Node would do so as soon as the reply is written.
  response.shouldKeepAlive = true;
  request.resume();
  response.once('finish', () => {
    if (request.complete) return;
    const timer = setTimeout(() => request.destroy(), LINGER_MS);
    request.once('close', () => clearTimeout(timer));
  });
}

/** Even throwing the rest away would be work. The reply is on its way when the connection closes. */
function cutOff(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => setTimeout(() => request.destroy(), CUT_OFF_MS));
}
