import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

import { SETTINGS, type SandboxConfig } from './config.js';
import { DnsPart } from './dns/dns.server.js';
import { ZoneFile } from './dns/zone.js';
import { Counters, healthServer } from './health/health.js';
import { Inbox } from './inbox/inbox.js';
import { inboxServer } from './inbox/inbox.server.js';
import { AccountingFile } from './mta/accounting-file.js';
import { Deliveries } from './mta/deliveries.js';
import type { AcceptedMail } from './mta/mail.js';
import { SmtpPart } from './mta/smtp.server.js';
import { Spool } from './mta/spool.js';
import { Hooks } from './receiver/hooks.js';
import { receiverServer } from './receiver/receiver.server.js';

const LOOPBACK = '127.0.0.1';

/** The ports that the parts listen on. */
export interface SandboxPorts {
  mta: number;
  inbox: number;
  dns: number;
  receiver: number;
  health: number;
}

export interface Sandbox {
  ports: SandboxPorts;
  /** Ends the parts; the row that is being written is finished, what is pending stays in the spool. May be called again. */
  close: () => Promise<void>;
}

/** A part that could not begin to listen; the message is for the operator. */
export class ListenError extends Error {}

async function listening<T>(setting: { name: string }, port: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new ListenError(`port ${port} is already in use: free it or set ${setting.name} to another one`);
    }
    if (code === 'EACCES')
      throw new ListenError(`port ${port} may not be used: set ${setting.name} to another one`);
    throw error;
  }
}

/**
 * Starts all parts.
 *
 * @throws ListenError when a port can't be had; what was started by then is ended.
 */
export async function startSandbox(config: SandboxConfig, log: Logger): Promise<Sandbox> {
  const counters = new Counters({
    sandbox_recipients_total: 'Recipients of mail handed in, by fate.',
    sandbox_accounting_rows_total: 'Accounting rows written, by record type.',
  });
  const inbox = new Inbox(config.inboxMax);
  const zone = new ZoneFile(config.zoneFile, log);
  const accounting = new AccountingFile({
    dir: config.accountingDir,
    maxBytes: config.acctMaxBytes,
    rotateMs: config.acctRotateS * 1_000,
    tear: config.tear,
    log,
  });
  const deliveries = new Deliveries(new Spool(config.spoolDir, log), accounting, log, (type) =>
    counters.add('sandbox_accounting_rows_total', { type }),
  );
  const keep = (mail: AcceptedMail, raw: Buffer): void =>
    inbox.add({
      id: mail.id,
      receivedAt: mail.acceptedAt,
      envelope: { from: mail.sender, to: mail.recipients.map(({ address }) => address) },
      raw,
    });
  const smtp = new SmtpPart({
    host: LOOPBACK,
    port: config.mtaPort,
    delayMs: config.delayMs,
    log,
    onMail: async (mail, raw) => {
      await deliveries.accept(mail, raw);
      keep(mail, raw);
      for (const { fate } of mail.recipients) counters.add('sandbox_recipients_total', { fate });
    },
    onRefused: (fate) => counters.add('sandbox_recipients_total', { fate: `${fate}-refused` }),
  });
  const dns = new DnsPart(zone, log);
  const health = healthServer(() => ({ accounting: accounting.lastError ?? 'ok' }), counters);
  const started: (() => Promise<unknown>)[] = [];
  const end = async (): Promise<void> => {
    for (const endPart of started.toReversed()) await endPart();
    deliveries.stop();
    await accounting.close();
  };
  let ended: Promise<void> | undefined;
  const close = (): Promise<void> => (ended ??= end());
  const http = async (
    app: FastifyInstance,
    setting: { name: string },
    port: number,
    host: string,
  ): Promise<number> => {
    await listening(setting, port, () => app.listen({ port, host }));
    started.push(() => app.close());
    const address = app.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  };

  try {
    const mtaPort = await listening(SETTINGS.mtaPort, config.mtaPort, () => smtp.listen());
    started.push(() => smtp.close());
    const dnsPort = await listening(SETTINGS.dnsPort, config.dnsPort, () =>
      dns.listen(config.dnsPort, LOOPBACK),
    );
    started.push(() => dns.close());
    zone.current();
    // Only now: with the port in hand, the spool is not another process's.
    await deliveries.resume(({ mail, raw }) => keep(mail, raw));
    const { inboxPort, receiverPort, healthPort, healthHost } = config;
    const ports: SandboxPorts = {
      mta: mtaPort,
      dns: dnsPort,
      inbox: await http(inboxServer(inbox), SETTINGS.inboxPort, inboxPort, LOOPBACK),
      receiver: await http(receiverServer(new Hooks(), log), SETTINGS.receiverPort, receiverPort, LOOPBACK),
      health: await http(health, SETTINGS.healthPort, healthPort, healthHost),
    };
    return { ports, close };
  } catch (error) {
    await close();
    throw error;
  }
}
