import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startTestGateway, type TestGateway } from '../apps/gateway-api/src/http/testing/test-gateway.js';
import { FakeMta, KEY, Running } from '../apps/mail-sender/src/testing.spec.js';
import { readHeaderReference } from '#contracts/reference/header-reference';
import { eventually } from '#platform/testing/eventually';
import { testMysqlServer } from '#platform/testing/test-database';

/** Promise: what a customer's application says to the SMTP server is what the MTA gets, once for each recipient. */
describe('a mail of an SMTP login', () => {
  let gateway: TestGateway;
  let sender: Running;
  const mta = new FakeMta();

  beforeAll(async () => {
    gateway = await startTestGateway();
    await mta.start();
    sender = await new Running(
      {
        database: gateway.database,
        name: '',
        options: { ...testMysqlServer(), database: '' },
        drop: () => gateway.close(),
      },
      mta.port,
    ).start();
  });
  afterAll(async () => {
    await sender.stop();
    await mta.stop();
    await gateway.close();
  });

  it('reaches the MTA as it was written, from the gateway’s queue', async () => {
    const user = await gateway.createUser();
    const { domainId, name } = await gateway.createDomain(user);
    const { json } = await gateway.command('emailgateway.addsmtp', {
      APIKey: user.APIKey,
      DomainID: domainId,
    });
    const { SMTPUsername, SMTPPassword } = json['SMTP'] as Record<string, unknown>;
    // Tracking would change the text.
    await gateway.database.execute(`UPDATE oempro_eg_domains SET Options = '{}' WHERE DomainID = ?`, [
      domainId,
    ]);

    const header = `Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nFrom: =?utf-8?Q?M=C3=BC?= <me@${name}>\r\nTo: Ann <ann@inbox.example>,\r\n\tLeo <leo@inbox.example>\r\nSubject: Hi\r\n  there\r\nX-Own:  two  spaces \r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n`;
    const body = `\r\nGr\u00fc\u00dfe \u{1f600}\r\n.\r\n..two dots\r\nBcc: no header\r\n${'long '.repeat(500)}\r\n\r\nlast line\r\n`;
    const UUID = randomUUID();
    const reply = await gateway.command('emailgateway.smtprelay', {
      AdminAPIKey: gateway.adminKey,
      SMTPUsername,
      SMTPPassword,
      UUID,
      MailFrom: `<me@${name}>`,
      RcptTo: '<ann@inbox.example>,<eve@inbox.example>,<leo@inbox.example>',
      RawEmail: `Bcc: eve@inbox.example\r\nX-Job: 7\r\n${header}${body}`,
    });
    expect(reply.json).toMatchObject({ Success: true, SMTPResponse: '250 2.0.0 Ok: queued' });

    await eventually(() => mta.taken.length >= 3, { timeoutMs: 20_000 });
    expect(mta.taken.map(({ to }) => to).toSorted()).toEqual([
      'ann@inbox.example',
      'eve@inbox.example',
      'leo@inbox.example',
    ]);
    for (const { to, from, raw: bytes } of mta.taken) {
      const raw = Buffer.from(bytes, 'latin1').toString('utf8');
      expect(from).toMatch(new RegExp(`^b-[a-z2-7]{60}@sl\\.${name}$`));
      const [, ours = '', theirs] =
        /^(X-EG-Ref: .*(?:\r\n .*)*\r\nMessage-ID: .*\r\n)([^]*)$/.exec(raw) ?? [];
      expect(theirs).toBe(header + body);
      expect(ours).toContain(`Message-ID: <${UUID}@sl.${name}>`);
      expect(readHeaderReference(KEY, /X-EG-Ref: (.*(?:\r\n .*)*)/.exec(ours)?.[1] ?? '')).toMatchObject({
        status: 'authentic',
        reference: { userId: user.UserID, domainId, messageId: UUID },
        details: { method: 'smtp', recipient: to, recipientType: to.startsWith('eve') ? 'bcc' : 'to' },
      });
      expect(raw).not.toContain('eve@inbox.example');
    }
    await eventually(async () => {
      const states = await gateway.database.query('SELECT DISTINCT state FROM eg_send_queue');
      expect(states).toEqual([{ state: 'sent' }]);
    });
  });
});
