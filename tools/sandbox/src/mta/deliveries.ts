import type { Logger } from 'pino';

import type { AccountingFile } from './accounting-file.js';
import type { Outcome } from './fate.js';
import type { AcceptedMail, MailRecipient, PlannedRow } from './mail.js';
import { rowOf } from './rows.js';
import type { Spool, SpooledMail } from './spool.js';

/** Told of each row once it is in the accounting file. */
export type RowWritten = (type: string, outcome: Outcome) => void;

/**
 * Writes the planned rows of accepted mail when they are due. What is pending lives in memory and in the spool; after
 * a restart all rows of an unfinished mail are written again, those already due at once.
 */
export class Deliveries {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly resumed = Promise.withResolvers<void>();
  private stopped = false;

  constructor(
    private readonly spool: Spool,
    private readonly accounting: AccountingFile,
    private readonly log: Logger,
    private readonly onRow: RowWritten,
  ) {}

  /** Number of rows that are waiting for their time. */
  get pending(): number {
    return this.timers.size;
  }

  /** Keeps the mail so that it survives a kill, then begins with its rows. The sender may be told so afterwards. */
  async accept(mail: AcceptedMail, raw: Buffer): Promise<void> {
    await this.resumed.promise;
    await this.spool.write(mail, raw);
    this.begin(mail);
  }

  /** Goes on with what an earlier process left, and hands each such mail to `onMail`. New mail waits for the end. */
  async resume(onMail: (spooled: SpooledMail) => void): Promise<void> {
    let mails = 0;
    for await (const spooled of this.spool.open()) {
      onMail(spooled);
      this.begin(spooled.mail);
      mails += 1;
    }
    this.resumed.resolve();
    if (mails > 0) this.log.info({ mails }, 'spool.resumed');
  }

  /** No further row begins. What is unfinished stays in the spool. */
  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private begin(mail: AcceptedMail): void {
    const chains = mail.recipients.map((recipient) => this.writeRows(mail, recipient));
    Promise.all(chains)
      .then(async (finished) => {
        if (finished.every(Boolean)) await this.spool.remove(mail);
      })
      .catch((error: unknown) => {
        // The mail stays in the spool, so nothing is lost: the next start writes its rows.
        this.log.error({ err: error, mail: mail.id }, 'delivery.unfinished');
      });
  }

  /** True when all rows of the recipient are in the file, false when it was stopped before. */
  private async writeRows(mail: AcceptedMail, recipient: MailRecipient): Promise<boolean> {
    for (const planned of recipient.plan) {
      await this.until(planned);
      if (this.stopped) return false;
      const row = rowOf(planned.outcome, mail, recipient, Date.now());
      await this.accounting.append(row);
      this.log.debug({ mail: mail.id, rcpt: recipient.address, type: row.type }, 'row.written');
      this.onRow(row.type ?? '', planned.outcome);
    }
    return true;
  }

  /** Never resolves once stopped: the process is about to end. */
  private async until(planned: PlannedRow): Promise<void> {
    const ms = planned.at - Date.now();
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, ms);
      this.timers.add(timer);
    });
  }
}
