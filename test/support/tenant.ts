import { randomBytes } from 'node:crypto';
import { command } from './api.js';
import { eg, stack } from './system.js';

export interface Tenant {
  userId: number;
  apiKey: string;
  domainId: number;
  domain: string;
  senderKey: string;
  /** Name of its hook at the sandbox's receiver. */
  hook: string;
}

/** Events a webhook can be registered for, in the private vocabulary. */
const EVENTS = ['delivery', 'bounce', 'open', 'click', 'unsubscribe', 'complaint'];

/** A fresh account with a verified domain, a sender key and webhooks for every event. */
export async function newTenant(): Promise<Tenant> {
  const name = `t${randomBytes(6).toString('hex')}`;
  await eg('group', 'create', name, '--privileges', '*');
  const user = await eg<{ UserID: number; APIKey: string }>(
    'user',
    'create',
    ...['--username', name, '--password', `pw-${name}`, '--email', `${name}@example.test`, '--group', name],
  );
  const account = { APIKey: user.APIKey };
  const domain = `${name}.test`;
  const added = await command<{ NewSenderDomainID: number }>('emailgateway.adddomain', {
    ...account,
    DomainName: domain,
  });
  const domainId = added.body.NewSenderDomainID;
  await eg('sandbox', 'dns', 'publish', domain);
  const verified = await command<{ Domain: { Status: string } }>('emailgateway.verifydomain', {
    ...account,
    DomainID: domainId,
  });
  if (verified.body.Domain.Status !== 'Enabled')
    throw new Error(`not verified: ${JSON.stringify(verified.body)}`);
  const key = await command<{ APIKey: { APIKey: string } }>('emailgateway.addapi', {
    ...account,
    DomainID: domainId,
    Description: 'end-to-end',
  });
  for (const event of EVENTS) {
    await command('emailgateway.addwebhook', {
      ...account,
      DomainID: domainId,
      Event: event,
      WebhookURL: `${stack().sandbox.receiver}/${name}`,
    });
  }
  const hooks = await command<{ SigningKey: string }>('emailgateway.getwebhooks', {
    ...account,
    DomainID: domainId,
  });
  await fetch(`${stack().sandbox.receiverAdmin}/${name}/key`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: hooks.body.SigningKey }),
  });
  return {
    userId: user.UserID,
    apiKey: user.APIKey,
    domainId,
    domain,
    senderKey: key.body.APIKey.APIKey,
    hook: name,
  };
}
