import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SmtpRelayInput } from '#contracts/http/relay';
import { refuse, type Outcome } from '../http/outcome.js';
import { MailRelay } from './mail-relay.js';
import { isSmtpError } from './smtp-errors.js';
import { SmtpLogins } from './smtp-logins.js';

export interface Relayed {
  readonly username: string;
  readonly password: string;
  /** Absent when only the login was checked. */
  readonly smtpResponse?: string;
}

/** What an SMTP server asks: whether a login is good, or to send a mail for it. */
export class SmtpRelay extends Command<Outcome<Relayed>> {
  constructor(readonly input: SmtpRelayInput) {
    super();
  }
}

const QUEUED = '250 2.0.0 Ok: queued';

@CommandHandler(SmtpRelay)
export class SmtpRelayHandler implements ICommandHandler<SmtpRelay> {
  constructor(
    private readonly logins: SmtpLogins,
    private readonly relay: MailRelay,
  ) {}

  async execute({ input }: SmtpRelay): Promise<Outcome<Relayed>> {
    const { SMTPUsername: username, SMTPPassword: password } = input;
    const login = await this.logins.check(username, password);
    if (isSmtpError(login)) return refuse(login);
    if (!isMail(input)) return { username, password };
    const error = await this.relay.take(login, input);
    return error === undefined ? { username, password, smtpResponse: QUEUED } : refuse(error);
  }
}

/** An empty RawEmail with recipients is a mail without content, which must not pass for a check of the login. */
function isMail({ RawEmail, RcptTo = '' }: SmtpRelayInput): boolean {
  return RawEmail !== undefined && (RawEmail !== '' || RcptTo.trim() !== '');
}
