import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import type { SendEmailInput } from '#contracts/http/send-email';
import { shownHeaders } from '#contracts/sending/stored-mail';
import { mfromHost } from '#domain/sender-domain/dns-records';
import type { GatewayConfig } from '../config.js';
import type { SenderCaller } from '../http/caller.js';
import { type Outcome, refuse } from '../http/outcome.js';
import { MailAcceptance } from '../mail-acceptance/mail-acceptance.js';
import { defaultNaming, namingOf } from '../sender-domain/host-naming.js';
import { CONFIG } from '../tokens.js';
import { refusalOf } from './errors.js';
import { readMail } from './mail.js';

export interface AcceptedMail {
  /** UUID v4 that names the mail in every event. */
  readonly messageId: string;
}

/** Take a mail in: for good once this resolves with a message id. */
export class SendEmail extends Command<Outcome<AcceptedMail>> {
  constructor(
    readonly input: SendEmailInput,
    readonly caller: SenderCaller,
  ) {
    super();
  }
}

type SendingConfig = Pick<
  GatewayConfig,
  'maxTo' | 'maxCc' | 'maxBcc' | 'maxReplyTo' | 'dnsSubdomain' | 'dnsTrackPrefix' | 'dnsTrackMerge'
>;

@CommandHandler(SendEmail)
export class SendEmailHandler implements ICommandHandler<SendEmail> {
  constructor(
    private readonly acceptance: MailAcceptance,
    @Inject(CONFIG) private readonly config: SendingConfig,
  ) {}

  async execute({ input, caller }: SendEmail): Promise<Outcome<AcceptedMail>> {
    const now = Date.now();
    const { maxTo, maxCc, maxBcc, maxReplyTo } = this.config;
    const mail = readMail(input, {
      domain: caller.domain,
      limits: { to: maxTo, cc: maxCc, bcc: maxBcc, replyTo: maxReplyTo },
      trackLinks: isOn(caller.domainOptions['LinkTracking']),
      trackOpens: isOn(caller.domainOptions['OpenTracking']),
      now,
    });
    if (!('content' in mail)) return { refused: mail };
    const messageId = randomUUID();
    const { content, recipients, dueAt } = mail;
    const acceptance = await this.acceptance.accept(
      [
        {
          messageId,
          userId: caller.userId,
          domainId: caller.domainId,
          senderDomain: caller.domain,
          mfromHost: mfromHost(caller.domain, namingOf(caller.domainOptions, defaultNaming(this.config))),
          method: 'api',
          content,
          recipients,
          shown: shownHeaders(content),
          tags: content.tags,
          context: {},
          dueAt,
        },
      ],
      now,
    );
    return acceptance.refused === undefined ? { messageId } : refuse(refusalOf(acceptance));
  }
}

const isOn = (option: unknown) => option === true || option === 1 || option === '1';
