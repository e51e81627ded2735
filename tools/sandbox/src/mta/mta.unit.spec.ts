import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { pino } from 'pino';

import { AccountingFile } from './accounting-file.js';
import { Deliveries } from './deliveries.js';
import type { AcceptedMail } from './mail.js';
import { SmtpPart } from './smtp.server.js';
import { Spool, type SpooledMail } from './spool.js';

type Read = Record<string, string>;

/** The stand-in as main.ts puts it together, on a free port and with its own folders. */
class Mta {
  readonly mails: AcceptedMail[] = [];
  readonly resumed: SpooledMail[] = [];
  readonly deliveries: Deliveries;
  readonly smtp: SmtpPart;
  readonly accounting: AccountingFile;
  port = 0;
  private written = 0;
  private readonly waiters: { count: number; resolve: () => void }[] = [];

  constructor(
    private readonly base: string,
    delayMs: number,
  ) {
    const log = pino({ level: 'silent' });
    const dir = join(base, 'accounting');
    this.accounting = new AccountingFile({ dir, maxBytes: 1e6, rotateMs: 1e9, tear: false, log });
    this.deliveries = new Deliveries(new Spool(join(base, 'spool'), log), this.accounting, log, () => {
      this.written += 1;
      for (const { count, resolve } of this.waiters) if (this.written >= count) resolve();
    });
    const onMail = async (mail: AcceptedMail, raw: Buffer): Promise<void> => {
      await this.deliveries.accept(mail, raw);
      this.mails.push(mail);
    };
    this.smtp = new SmtpPart({
      host: '127.0.0.1',
      port: 0,
      delayMs,
      log,
      onMail,
      onRefused: () => undefined,
    });
  }

  async start(): Promise<void> {
    this.port = await this.smtp.listen();
    await this.deliveries.resume((spooled) => this.resumed.push(spooled));
  }

  async stop(): Promise<void> {
    await this.smtp.close();
    this.deliveries.stop();
    await this.accounting.close();
  }

  rows(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.written >= count) resolve();
      else this.waiters.push({ count, resolve });
    });
  }

  async read(): Promise<Read[]> {
    const dir = join(this.base, 'accounting');
    const names = (await readdir(dir)).toSorted();
    const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
    return texts.flatMap((text) => parse<Read>(text, { columns: true, record_delimiter: '\r\n' }));
  }

  spool(): Promise<string[]> {
    return readdir(join(this.base, 'spool'));
  }
}

let base: string;
let mta: Mta;
const begin = async (delayMs: number): Promise<void> => {
  mta = new Mta(base, delayMs);
  await mta.start();
};
const send = async (to: string[], more: SendMailOptions = {}): Promise<string> => {
  const transport = createTransport({ host: '127.0.0.1', port: mta.port, secure: false });
  try {
    const envelope = { from: 'bounce+a=b@sl.demo.test', to };
    const result = await transport.sendMail({ from: 'demo@demo.test', to, text: 'hello', envelope, ...more });
    return result.response;
  } finally {
    transport.close();
  }
};
const typesOf = (rows: Read[], rcpt: string): string[] =>
  rows.filter((row) => row.rcpt === rcpt).map(({ type = '' }) => type);

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'eg-sandbox-'));
});
afterEach(async () => {
  await mta.stop();
  await rm(base, { recursive: true });
});

describe('the PowerMTA stand-in', () => {
  it('gives every recipient its fate, in the rows of a real accounting file', async () => {
    await begin(2);
    const to = ['ana', 'bounce', 'full', 'spam', 'defer', 'late', 'complain'].map(
      (name) => `${name}@inbox.example`,
    );
    const before = Math.floor(Date.now() / 1000) * 1000;
    const response = await send(to, {
      dsn: { id: 'm+41=x y', return: 'headers', notify: 'failure', recipient: 'rfc822;a+b@inbox.example' },
      subject: 'Grüße, "Welt"',
      messageId: '<m1@demo.test>',
      headers: { 'X-EG-Ref': 'ref-1', 'X-Job': 'job-1' },
    });
    expect(response).toMatch(/^250 2\.6\.0 /);
    await mta.rows(21);
    const rows = await mta.read();

    expect(rows.filter(({ type }) => type === 'tq')).toHaveLength(1);
    expect(to.map((rcpt) => typesOf(rows, rcpt).join(' '))).toEqual([
      'r d',
      'r b',
      'r t t b',
      'r b',
      'r t t d',
      'r d rb',
      'r d f',
    ]);
    for (const row of rows.filter(({ type }) => type !== 'tq')) {
      expect(row).toMatchObject({
        orig: 'bounce+a=b@sl.demo.test',
        envId: 'm+41=x y',
        'header_X-EG-Ref': 'ref-1',
        header_From: 'demo@demo.test',
        'header_Message-Id': '<m1@demo.test>',
      });
      expect(row.header_Subject).toMatch(/^=\?UTF-8\?/);
    }
    const delivered = rows.find(({ type, rcpt }) => type === 'd' && rcpt === 'ana@inbox.example');
    expect(delivered).toMatchObject({ jobId: 'job-1', dlvSize: String(mta.mails[0]?.size) });
    for (const name of ['timeLogged', 'timeQueued'] as const) {
      const time = Date.parse(delivered?.[name]?.replace(' ', 'T') ?? '');
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(Date.now());
    }
  });

  it('forgets a mail in the spool once all of its rows are written', async () => {
    await begin(1);
    await send(['ana@x.test']);
    await mta.rows(2);
    while ((await mta.spool()).length > 0) await new Promise(setImmediate);
    expect(await mta.spool()).toEqual([]);
  });

  it('reject: refused at RCPT with 550 5.1.1, while the others are accepted', async () => {
    await begin(1);
    await expect(send(['reject@x.test'])).rejects.toMatchObject({
      responseCode: 550,
      response: expect.stringMatching(/^550 5\.1\.1 /),
    });
    await send(['reject@x.test', 'ana@x.test']);
    await mta.rows(2);
    expect((await mta.read()).map(({ rcpt }) => rcpt)).toEqual(['ana@x.test', 'ana@x.test']);
  });

  it('tempfail: 451 4.3.0 twice for each mail and recipient, then delivered', async () => {
    await begin(1);
    const dsn = (id: string): SendMailOptions => ({
      dsn: { id, return: 'headers', notify: 'never', recipient: 'a@x.test' },
    });
    const refused = { responseCode: 451, response: expect.stringMatching(/^451 4\.3\.0 /) };
    await expect(send(['tempfail@x.test'], dsn('m1'))).rejects.toMatchObject(refused);
    await expect(send(['tempfail@x.test'], dsn('m1'))).rejects.toMatchObject(refused);
    await expect(send(['tempfail@x.test'], dsn('m2'))).rejects.toMatchObject(refused);
    await expect(send(['tempfail2@x.test'], dsn('m1'))).rejects.toMatchObject(refused);
    await send(['tempfail@x.test'], dsn('m1'));
    await mta.rows(2);
    expect(typesOf(await mta.read(), 'tempfail@x.test')).toEqual(['r', 'd']);
  });

  it('logs an internationalised recipient as it was sent', async () => {
    await begin(1);
    await send(['jörg@bücher.example']);
    await mta.rows(2);
    const rows = await mta.read();
    expect(rows.map(({ rcpt }) => rcpt)).toEqual(Array(2).fill('jörg@xn--bcher-kva.example'));
    expect(rows[1]?.queue).toBe('bücher.example/mta-a');
  });

  it('loses no accepted mail when it ends before the rows are written', async () => {
    await begin(60_000);
    await send(['ana@x.test'], { subject: 'kept' });
    await mta.rows(1);
    await mta.stop();
    const [name = ''] = await mta.spool();
    // What is due in a minute is made due now.
    const file = join(base, 'spool', name);
    const spooled = await readFile(file, 'latin1');
    await writeFile(file, spooled.replaceAll(/"at":\d+/g, '"at":0'), 'latin1');
    await begin(60_000);
    await mta.rows(2);
    expect(typesOf(await mta.read(), 'ana@x.test')).toEqual(['r', 'r', 'd']);
    expect(mta.resumed.map(({ raw }) => raw.toString())).toEqual([
      expect.stringMatching(/Subject: kept[^]*hello/),
    ]);
  });

  it('sets a spooled file aside that it can not read', async () => {
    await begin(1);
    await mta.stop();
    await writeFile(join(base, 'spool', '1-x.mail'), 'nonsense');
    await begin(1);
    expect(await mta.spool()).toEqual(['1-x.mail.bad']);
  });

  it('answers 451 and keeps nothing when the spool can not be written', async () => {
    await begin(1);
    await rm(join(base, 'spool'), { recursive: true });
    await expect(send(['ana@x.test'])).rejects.toMatchObject({ responseCode: 451 });
    expect(mta.mails).toEqual([]);
  });
});
