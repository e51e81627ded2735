/** What came of one submission. */
export type Submission =
  /** 2xx after the message: the MTA has it. */
  | { outcome: 'accepted'; code: number; response: string }
  /** 5xx to this mail, or a mail that SMTP cannot carry (`code` null): no repetition changes that. */
  | { outcome: 'refused'; code: number | null; response: string }
  /** 4xx to this mail. */
  | { outcome: 'deferred'; code: number; response: string }
  /** No conversation: not connected, not greeted, or lost on the way. The MTA may have the mail all the same. */
  | { outcome: 'unreachable'; code: number | null; response: string };

/** The facts that nodemailer hangs on an error. */
interface SmtpError {
  code?: unknown;
  responseCode?: unknown;
  response?: unknown;
  command?: unknown;
  message?: unknown;
}

/** Replies to these concern the mail; replies to anything else (greeting, EHLO, STARTTLS) concern the connection. */
const MAIL_COMMANDS: ReadonlySet<unknown> = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

export function accepted(response: string): Submission {
  return { outcome: 'accepted', code: Number(/^\d{3}/.exec(response)?.[0] ?? 250), response };
}

/** Judges by facts, never by message text. */
export function judge(error: unknown): Submission {
  const { code, responseCode, response, command, message }: SmtpError =
    typeof error === 'object' && error !== null ? error : { message: String(error) };
  const text = [response, message, code].find(isText) ?? 'unknown error';
  const reply = typeof responseCode === 'number' ? responseCode : null;
  // 421 announces that the MTA closes the connection: it says nothing about the mail.
  if (MAIL_COMMANDS.has(command) && reply !== null && reply !== 421) {
    if (reply >= 500) return { outcome: 'refused', code: reply, response: text };
    if (reply >= 400) return { outcome: 'deferred', code: reply, response: text };
  }
  // Refused before anything was sent: an address that cannot be written in SMTP, a mail beyond the MTA's SIZE.
  if (reply === null && (code === 'EENVELOPE' || code === 'EMESSAGE')) {
    return { outcome: 'refused', code: null, response: text };
  }
  return { outcome: 'unreachable', code: reply, response: text };
}

/** `550 5.7.1 …` → `5.7.1`; empty when the reply has none. */
export function enhancedCodeOf(response: string): string {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S)/.exec(response)?.[1] ?? '';
}

const isText = (fact: unknown): fact is string => typeof fact === 'string' && fact !== '';
