import { HARD_FAILURES, type ApiError } from '#contracts/errors/catalogue';

/**
 * A request that never reached a working handler. Codes and statuses are the contract's closed set: three 400s, and 500
 * for everything else; those for requests that are too large, too slow or too many at once are ours. The same body answers on
 * both surfaces. 100000 and 100001
 * are always JSON: they happen before `ResponseFormat` can be known.
 */
export class HardFailure extends Error {
  override readonly name = 'HardFailure';
  readonly code: number;
  readonly status: number;
  /** Seconds until the same request may succeed; answered as `Retry-After`. */
  readonly retryAfterS: number | undefined;

  /** @param text public text; internal detail belongs into `cause`, which is only logged */
  private constructor(error: ApiError, text = error.text, options?: ErrorOptions) {
    super(text, options);
    this.code = error.code;
    this.status = error.status;
    this.retryAfterS = error.retryAfterS;
  }

  static unreadableBody(reason: string): HardFailure {
    return new HardFailure(HARD_FAILURES.malformedJson, `The request body could not be read: ${reason}`);
  }
  static unsupportedRequest(what: string): HardFailure {
    return new HardFailure(HARD_FAILURES.unsupportedMethod, `${what} is not supported`);
  }
  static malformedHttp(reason: string): HardFailure {
    return new HardFailure(HARD_FAILURES.unsupportedMethod, `The request is not valid HTTP: ${reason}`);
  }
  static encodedBody(encoding: string): HardFailure {
    return HardFailure.unreadableBody(
      `Content-Encoding ${encoding.slice(0, 50)} is not supported, send the body as it is`,
    );
  }
  static noHandler(command: string): HardFailure {
    return new HardFailure(HARD_FAILURES.handlerMissing, `Command ${command} has no handler on this server`);
  }
  static unknownCommand(command: string): HardFailure {
    const text = command === '' ? 'Command is missing' : `Unknown command: ${command.slice(0, 100)}`;
    return new HardFailure(HARD_FAILURES.unknownCommand, text);
  }
  static componentUnavailable(cause: unknown): HardFailure {
    return new HardFailure(HARD_FAILURES.componentUnavailable, undefined, { cause });
  }
  static unexpected(cause: unknown): HardFailure {
    return new HardFailure(HARD_FAILURES.unexpected, undefined, { cause });
  }
  static bodyTooLarge(limit: number): HardFailure {
    return new HardFailure(HARD_FAILURES.bodyTooLarge, `The request body is larger than ${limit} bytes`);
  }
  static tooManyValues(limit: number): HardFailure {
    return new HardFailure(HARD_FAILURES.bodyTooLarge, `The request body has more than ${limit} values`);
  }
  static bodyTooSlow(limitMs: number): HardFailure {
    return new HardFailure(
      HARD_FAILURES.requestTimeout,
      `The request body did not arrive within ${limitMs / 1000} seconds`,
    );
  }
  static bodyTrickles(bytesPerSecond: number): HardFailure {
    return new HardFailure(
      HARD_FAILURES.requestTimeout,
      `The request body arrives more slowly than ${bytesPerSecond} bytes per second`,
    );
  }
  static requestTooSlow(): HardFailure {
    return new HardFailure(HARD_FAILURES.requestTimeout);
  }
  static headersTooLarge(): HardFailure {
    return new HardFailure(HARD_FAILURES.headersTooLarge);
  }
  static tooMuchAtOnce(): HardFailure {
    return new HardFailure(HARD_FAILURES.tooMuchAtOnce);
  }
}
