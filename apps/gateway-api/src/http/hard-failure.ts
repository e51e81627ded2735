import { HARD_FAILURES, type ApiError } from '#contracts/errors/catalogue';

/**
 * A request that never reached a working handler. Codes and statuses are the contract's closed set: three 400s, and 500
 * for everything else; a body above the limit is ours (413). The same body answers on both surfaces. 100000 and 100001
 * are always JSON: they happen before `ResponseFormat` can be known.
 */
export class HardFailure extends Error {
  override readonly name = 'HardFailure';
  readonly code: number;
  readonly status: number;

  /** @param text public text; internal detail belongs into `cause`, which is only logged */
  private constructor(error: ApiError, text = error.text, options?: ErrorOptions) {
    super(text, options);
    this.code = error.code;
    this.status = error.status;
  }

  static unreadableBody(reason: string): HardFailure {
    return new HardFailure(HARD_FAILURES.malformedJson, `The request body could not be read: ${reason}`);
  }
  static unsupportedRequest(what: string): HardFailure {
    return new HardFailure(HARD_FAILURES.unsupportedMethod, `${what} is not supported`);
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
    return new HardFailure({
      code: 413,
      text: `The request body is larger than ${limit} bytes`,
      status: 413,
    });
  }
}
