import { describe, expect, it } from '@jest/globals';

import { readConfig } from './config.js';

describe('the settings', () => {
  it('has a default for each', () => {
    expect(readConfig({})).toMatchObject({
      mtaPort: 2525,
      inboxPort: 8025,
      dnsPort: 5353,
      receiverPort: 8026,
      healthPort: 9107,
      accountingDir: `${process.cwd()}/var/mta/accounting`,
      tear: false,
      delayMs: 150,
    });
  });

  it('reads what is set', () => {
    const env = { EG_SANDBOX_MTA_PORT: '2600', EG_ACCOUNTING_DIR: '/tmp/acct', EG_SANDBOX_TEAR: '1' };
    expect(readConfig(env)).toMatchObject({ mtaPort: 2600, accountingDir: '/tmp/acct', tear: true });
  });

  it.each([
    [{ EG_SANDBOX_MTA_PORT: '70000' }, 'EG_SANDBOX_MTA_PORT must be an integer from 0 to 65535, not "70000"'],
    [{ EG_SANDBOX_DELAY_MS: '1.5' }, 'EG_SANDBOX_DELAY_MS'],
    [{ EG_SANDBOX_TEAR: 'yes' }, 'EG_SANDBOX_TEAR must be one of 0, 1, not "yes"'],
    [{ EG_LOG_LEVEL: 'loud' }, 'EG_LOG_LEVEL'],
    [
      { EG_SANDBOX_TEAR: 'yes', EG_HEALTH_PORT: 'x' },
      'EG_HEALTH_PORT must be an integer from 0 to 65535, not "x"\nEG_SANDBOX_TEAR must be one of 0, 1, not "yes"',
    ],
  ])('names the variable in %j', (env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });
});
