import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Logger } from 'pino';

import type { AcceptedMail } from './mail.js';

const SUFFIX = '.mail';

/** A spooled mail: the envelope and the planned rows, and the message as received. */
export interface SpooledMail {
  mail: AcceptedMail;
  raw: Buffer;
}

/**
 * Mail that was accepted and whose rows are not all written, one file each: a line of JSON, then the message. It
 * outlives a killed process; a power failure may take it (no fsync).
 */
export class Spool {
  constructor(
    private readonly dir: string,
    private readonly log: Logger,
  ) {}

  /** Resolves once the mail is there under its final name. */
  async write(mail: AcceptedMail, raw: Buffer): Promise<void> {
    const name = this.nameOf(mail);
    const temporary = join(this.dir, `.${name}.tmp`);
    await writeFile(temporary, [JSON.stringify(mail), '\n', raw]);
    await rename(temporary, join(this.dir, name));
  }

  async remove(mail: AcceptedMail): Promise<void> {
    await rm(join(this.dir, this.nameOf(mail)), { force: true });
  }

  /** Makes the folder and yields what is in it, oldest first. A file that can't be read is set aside as `.bad`. */
  async *open(): AsyncGenerator<SpooledMail> {
    await mkdir(this.dir, { recursive: true });
    const names = (await readdir(this.dir)).sort();
    for (const name of names) {
      if (name.endsWith('.tmp')) await rm(join(this.dir, name), { force: true });
      if (!name.endsWith(SUFFIX) || name.startsWith('.')) continue;
      try {
        const bytes = await readFile(join(this.dir, name));
        const end = bytes.indexOf('\n');
        const mail = JSON.parse(bytes.subarray(0, end).toString('utf8')) as AcceptedMail;
        yield { mail, raw: bytes.subarray(end + 1) };
      } catch (error) {
        this.log.error({ err: error, file: name }, 'spool.unreadable');
        await rename(join(this.dir, name), join(this.dir, `${name}.bad`));
      }
    }
  }

  private nameOf(mail: AcceptedMail): string {
    return `${String(mail.acceptedAt).padStart(14, '0')}-${mail.id}${SUFFIX}`;
  }
}
