import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Values under these keys are replaced, at the top of a line and one and two objects below. This is the second
 * defence: the first is not to log a secret.
 */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'password',
  'secret',
  'apiKey',
  'adminApiKey',
  'masterKey',
  'signingKey',
  'authorization',
  'cookie',
  'x-api-key',
  'proxy-authorization',
  'set-cookie',
]);
const REDACTED_LEVELS = 3;

/**
 * The facts of a line without secrets; the same object when there are none. pino's own redaction costs 20 µs a line with
 * these paths, a tenth of a request; most lines are a handful of numbers, which this only looks at.
 */
function withoutSecrets(facts: Record<string, unknown>, level = 1): Record<string, unknown> {
  let clean: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(facts)) {
    let kept: unknown = value;
    if (SECRET_KEYS.has(key)) kept = '[redacted]';
    else if (level < REDACTED_LEVELS && isPlainObject(value)) kept = withoutSecrets(value, level + 1);
    if (kept !== value) clean = { ...(clean ?? facts), [key]: kept };
  }
  return clean ?? facts;
}

/** Errors, dates and the like are the serializers' concern. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Facts of an error that may be logged. Drivers hang whole statements with their values on errors; those stay out. */
interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: LoggedError;
  errors?: LoggedError[];
}

const MOST_NESTED_ERRORS = 5;

function serializeError(error: unknown, depth = 0): LoggedError {
  if (typeof error !== 'object' || error === null) return { type: typeof error, message: String(error) };
  const { name, message, code, stack, cause, errors } = error as Partial<
    Record<'name' | 'message' | 'code' | 'stack' | 'cause' | 'errors', unknown>
  >;
  const logged: LoggedError = {
    type: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
  };
  if (typeof code === 'string' || typeof code === 'number') logged.code = code;
  if (typeof stack === 'string') logged.stack = stack;
  if (cause !== undefined && depth < MOST_NESTED_ERRORS) logged.cause = serializeError(cause, depth + 1);
  if (Array.isArray(errors) && depth < MOST_NESTED_ERRORS) {
    logged.errors = errors.slice(0, MOST_NESTED_ERRORS).map((each) => serializeError(each, depth + 1));
  }
  return logged;
}

let timeMs = 0;
let timeText = '';

/** The member `time` of a line. A busy process writes many lines in one millisecond. */
function timeMember(): string {
  const now = Date.now();
  if (now !== timeMs) {
    timeMs = now;
    timeText = `,"time":"${new Date(now).toISOString()}"`;
  }
  return timeText;
}

/**
 * The log of one process: JSON lines on stdout. One wide line per unit of work, in the past tense, with every id,
 * count, the duration and the outcome: `log.info({ published: 12, durationMs: 8 }, 'outbox.published')`.
 */
export function createLogger(app: string, level: string = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { app, pid: process.pid },
    timestamp: timeMember,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (facts: Record<string, unknown>) => withoutSecrets(facts),
    },
    serializers: { err: serializeError, error: serializeError },
  };
  return pino(options, destination ?? eachTurn(pino.destination({ fd: 1, sync: true })));
}

/** Lines that are kept for the end of the turn, in characters; a line of its own may be longer. */
const MOST_KEPT = 65_536;

/** What is still to be written when the process ends. */
const atExit = new Set<() => void>();
process.on('exit', () => {
  for (const flush of atExit) flush();
});

/**
 * Writes the lines of one turn of the event loop together at its end: a busy process spares a system call per line, a calm one
 * sees no delay. Synchronous, and also when the process exits: the last lines are the ones that explain it.
 */
export function eachTurn(destination: DestinationStream): DestinationStream {
  let kept = '';
  const flush = () => {
    const lines = kept;
    kept = '';
    if (lines !== '') destination.write(lines);
  };
  atExit.add(flush);
  return {
    write(line) {
      if (kept === '') setImmediate(flush);
      kept += line;
      if (kept.length > MOST_KEPT) flush();
    },
  };
}
