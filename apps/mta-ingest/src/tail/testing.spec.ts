import pino from 'pino';
import type { Checkpoint } from './checkpoints.js';
import { Tailer } from './tailer.js';
import { SETTLED_AFTER_MS } from './tracked-file.js';

export const HEADER = 'type,timeLogged,rcpt\r\n';
export const line = (rcpt: string): string => `d,2024-03-05 09:15:02+0000,${rcpt}\r\n`;

/** The table of checkpoints as the tailer sees it, and a tailer that a process ran until now. */
export class Bench {
  readonly stored = new Map<string, Checkpoint>();
  now = 0;
  private tailer = this.newTailer();

  constructor(readonly folder: string) {}

  /** A process that died: what it knew is gone, the checkpoints are there. */
  async restart(): Promise<void> {
    await this.tailer.close();
    this.tailer = this.newTailer();
  }

  /** One look and everything that can be read; what was read is checkpointed. Returns recipients and faults. */
  async read(most = Number.POSITIVE_INFINITY): Promise<string[]> {
    const seen: string[] = [];
    await this.tailer.refresh();
    for (const file of this.tailer.readable()) {
      while (seen.length < most) {
        const pulled = await file.pull(this.now);
        if (typeof pulled === 'string') {
          if (pulled === 'replaced') await this.tailer.forget(file);
          else if (pulled === 'corrupt') seen.push('<corrupt>');
          break;
        }
        if (pulled.kind === 'row') seen.push(pulled.row.get('rcpt'));
        if (pulled.kind === 'bad') seen.push(`<${pulled.reason} at ${pulled.offset}>`);
      }
      const checkpoint = file.checkpoint();
      this.stored.set(checkpoint.identity, checkpoint);
    }
    return seen;
  }

  /** The same after every file has been left alone for a while. */
  async readLater(): Promise<string[]> {
    this.now += SETTLED_AFTER_MS;
    return this.read();
  }

  get lag(): number {
    return this.tailer.files.reduce((sum, file) => sum + file.lag, 0);
  }

  async close(): Promise<void> {
    await this.tailer.close();
  }

  private newTailer(): Tailer {
    const findByFingerprint = (print: string): Promise<Checkpoint[]> =>
      Promise.resolve([...this.stored.values()].filter(({ identity }) => identity.startsWith(`${print}-`)));
    return new Tailer({
      folder: this.folder,
      checkpoints: { findByFingerprint },
      log: pino({ level: 'silent' }),
      clock: () => this.now,
    });
  }
}
