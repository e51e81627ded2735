import { reasonOf } from '../telemetry/reason.js';

/** The MySQL outcomes that mean "not now" instead of "not so": the engine is away, busy or changing roles. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_PACKETS_OUT_OF_ORDER',
  'POOL_ACQUIRE_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_CON_COUNT_ERROR',
  'ER_USER_LIMIT_REACHED',
  'ER_SERVER_SHUTDOWN',
  'ER_QUERY_INTERRUPTED',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
]);

/** Answers of a healthy conversation after which the connection must still not be used again. */
const FATAL_SERVER_CODES: ReadonlySet<string> = new Set([
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
]);

/**
 * A statement that failed, as facts. The driver's own error carries the statement with its values, which may be
 * secret; it is therefore not kept as a cause, and `statement` has placeholders.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  constructor(
    message: string,
    /** MySQL's symbol (`ER_DUP_ENTRY`), a system error (`ECONNREFUSED`) or one of the driver's (`PROTOCOL_…`). */
    readonly code: string,
    readonly facts: {
      /** True when the same work may succeed later. */
      transient: boolean;
      /** True when the connection cannot be trusted and was destroyed. */
      connectionLost: boolean;
      /** True when it is not known whether a COMMIT took effect. */
      outcomeUnknown?: boolean;
      /** The violated unique key, without its table. */
      duplicateKey?: string;
      /** The statement with placeholders. */
      statement?: string;
    },
  ) {
    super(message);
  }
}

/** The fields of a driver error that are read; everything else, notably `sql`, is left behind. */
interface DriverError {
  code?: unknown;
  errno?: unknown;
  fatal?: unknown;
  sqlMessage?: unknown;
}

/** Turns whatever the driver threw into a DatabaseError. */
export function toDatabaseError(
  error: unknown,
  context: { statement?: string; committing?: boolean } = {},
): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const driver: DriverError = typeof error === 'object' && error !== null ? error : {};
  const code = codeOf(driver);
  const message = typeof driver.sqlMessage === 'string' ? driver.sqlMessage : reasonOf(error);
  const connectionLost = !isServerAnswer(driver) || FATAL_SERVER_CODES.has(code);
  return new DatabaseError(`${code}: ${message}`, code, {
    transient: TRANSIENT_CODES.has(code),
    connectionLost,
    outcomeUnknown: context.committing === true && !isServerAnswer(driver),
    duplicateKey: code === 'ER_DUP_ENTRY' ? duplicateKeyOf(message) : undefined,
    statement: context.statement,
  });
}

function codeOf({ code, fatal }: DriverError): string {
  if (typeof code === 'string') return code;
  // The driver reports the use of a connection that was closed under it as fatal and without a code.
  return fatal === true ? 'PROTOCOL_CONNECTION_LOST' : 'UNKNOWN';
}

/** Whether MySQL itself answered with an error packet; otherwise the conversation broke. */
function isServerAnswer({ code, errno }: DriverError): boolean {
  return typeof errno === 'number' && errno >= 1000 && typeof code === 'string' && code.startsWith('ER_');
}

/** MySQL 8.0.15 writes `for key 'uk_name'`, later versions `for key 'table.uk_name'`; the entry itself stands before. */
function duplicateKeyOf(message: string): string | undefined {
  return /for key '(?:[^'.]*\.)?([^']+)'$/.exec(message)?.[1];
}

/** Whether trying again later may succeed. Looks through causes; takes errors of this library and of the driver. */
export function isTransient(error: unknown): boolean {
  for (let current = error, depth = 0; current !== undefined && depth < 5; depth += 1) {
    if (typeof current !== 'object' || current === null) return false;
    const { code, cause } = current as { code?: unknown; cause?: unknown };
    if (typeof code === 'string' && TRANSIENT_CODES.has(code)) return true;
    current = cause;
  }
  return false;
}

/** Whether a unique key was violated; with `indexName`, whether it was that key. */
export function isDuplicateKey(error: unknown, indexName?: string): boolean {
  if (!(error instanceof DatabaseError) || error.code !== 'ER_DUP_ENTRY') return false;
  return indexName === undefined || error.facts.duplicateKey === indexName;
}
