import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import type { SendEmailInput } from '#contracts/http/send-email';
import { shownHeaders } from '#contracts/sending/stored-mail';
import { mfromHost } from '#domain/sender-domain/dns-records';
import type { Batching } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import type { SenderCaller } from '../http/caller.js';
import { type Outcome, refuse } from '../http/outcome.js';
import { MailAcceptance } from '../mail-acceptance/mail-acceptance.js';
import type { MailToAccept } from '../mail-acceptance/mail-to-accept.js';
import { defaultNaming, namingOf } from '../sender-domain/host-naming.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { refusalOf, SEND_ERRORS } from './errors.js';
import { envelope, readMail, type Mail } from './mail.js';
import { personalised } from './personalise.js';
import { findReferences, type References } from './references.js';
import { TargetLists } from './target-lists.js';

export interface AcceptedMail {
  /**
   * UUID v4 that names the mail in every event. For a target list one per mail, by address; `undefined` when the list has
   * nobody to write to.
   */
  readonly messageId: string | readonly string[] | undefined;
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
    private readonly targetLists: TargetLists,
    @Inject(DATABASE) private readonly database: Batching,
    @Inject(CONFIG) private readonly config: SendingConfig,
  ) {}

  async execute({ input, caller }: SendEmail): Promise<Outcome<AcceptedMail>> {
    const now = Date.now();
    const references = await findReferences(this.database, caller.userId, input);
    const { maxTo, maxCc, maxBcc, maxReplyTo } = this.config;
    const mail = readMail(
      input,
      {
        domain: caller.domain,
        limits: { to: maxTo, cc: maxCc, bcc: maxBcc, replyTo: maxReplyTo },
        trackLinks: isOn(caller.domainOptions['LinkTracking']),
        trackOpens: isOn(caller.domainOptions['OpenTracking']),
        now,
      },
      references,
    );
    if (!('content' in mail)) return { refused: mail };
    return references.targetListId === undefined
      ? this.sendOne(mail, references, caller, now)
      : this.sendToList(references.targetListId, mail, references, caller, now);
  }

  private async sendOne(
    mail: Mail,
    references: References,
    caller: SenderCaller,
    now: number,
  ): Promise<Outcome<AcceptedMail>> {
    const toAccept = this.toAccept(mail, references, caller);
    const acceptance = await this.acceptance.accept([toAccept], now);
    if (acceptance.refused !== undefined) return refuse(refusalOf(acceptance));
    return { messageId: toAccept.messageId };
  }

  /** A mail of its own for each subscriber, in whose context it is; all of them or none. */
  private async sendToList(
    listId: number,
    mail: Mail,
    references: References,
    caller: SenderCaller,
    now: number,
  ): Promise<Outcome<AcceptedMail>> {
    const subscribers = await this.targetLists.read(listId);
    if (subscribers === undefined) return refuse(SEND_ERRORS.listUnresolvable);
    if (subscribers.length === 0) return { messageId: undefined };
    const mails = subscribers.map((subscriber) => {
      const { subscriberId, name, email } = subscriber;
      const content = { ...mail.content, to: [{ name, email }] };
      const context = { ...references.context, listId, subscriberId };
      return this.toAccept({ ...mail, content }, { ...references, context, subscriber }, caller);
    });
    const acceptance = await this.acceptance.accept(mails, now);
    if (acceptance.refused !== undefined) return refuse(refusalOf(acceptance));
    return { messageId: acceptance.accepted };
  }

  private toAccept(
    { content: written, bcc, dueAt }: Mail,
    { subscriber, context }: References,
    caller: SenderCaller,
  ): MailToAccept {
    const content = subscriber === undefined ? written : personalised(written, subscriber);
    return {
      messageId: randomUUID(),
      userId: caller.userId,
      domainId: caller.domainId,
      senderDomain: caller.domain,
      mfromHost: mfromHost(caller.domain, namingOf(caller.domainOptions, defaultNaming(this.config))),
      method: 'api',
      content,
      recipients: envelope({ to: content.to, cc: content.cc, bcc }),
      shown: shownHeaders(content),
      tags: content.tags,
      context,
      dueAt,
    };
  }
}

const isOn = (option: unknown) => option === true || option === 1 || option === '1';
