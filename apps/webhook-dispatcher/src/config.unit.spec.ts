import { describe, expect, it } from '@jest/globals';
import { readDispatcherConfig } from './config.js';

const secrets = {
  EG_MYSQL_PASSWORD: 'p',
  EG_MASTER_KEY: 'ab'.repeat(32),
  EG_LEGACY_KEY_SALT: 'salt',
  EG_LEGACY_KEY_LICENSE: 'license',
};

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(readDispatcherConfig(secrets)).toMatchObject({
      healthPort: 9106,
      schedule: [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400],
      timeoutMs: 5000,
      allowedCidrs: [],
      concurrency: 32,
      dnsServers: ['1.1.1.1'],
    });
  });

  it.each([
    ['EG_WEBHOOK_ALLOW_CIDRS', '127.0.0.1'],
    ['EG_WEBHOOK_ALLOW_CIDRS', '10.0.0.0/8,nonsense'],
    ['EG_DNS_SERVERS', 'dns.example.com'],
    ['EG_WEBHOOK_SCHEDULE', ''],
    ['EG_WEBHOOK_SCHEDULE', '0,-5'],
    ['EG_WEBHOOK_TIMEOUT_MS', '0'],
    ['EG_MASTER_KEY', 'short'],
  ])('names %s when it is %j', (name, value) => {
    expect(() => readDispatcherConfig({ ...secrets, [name]: value })).toThrow(name);
  });
});
