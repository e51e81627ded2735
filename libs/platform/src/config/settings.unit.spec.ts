import { describe, expect, it } from '@jest/globals';
import {
  ConfigError,
  defineConfig,
  describeConfig,
  readConfig,
  redactedSummary,
  type Setting,
  setting,
} from './settings.js';
import {
  elasticsearchSettings,
  healthSettings,
  kafkaSettings,
  logSettings,
  mysqlSettings,
} from './shared-settings.js';

const description = 'What it is for';

/** Reads one setting from a text, or says what the error says. */
function read<T>(declared: Setting<T>, text: string | undefined): T {
  const definition = defineConfig('app', { only: declared });
  return readConfig(definition, { [declared.env]: text }).only as T;
}
const problem = (declared: Setting<unknown>, text: string | undefined): string => {
  try {
    read(declared, text);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ env, reason }) => `${env} ${reason}`).join('\n');
    throw error;
  }
  throw new Error(`${String(text)} was taken`);
};

describe('kinds of settings', () => {
  const int = setting.int('EG_X', { description, min: 1, max: 100 });
  it.each(['08', '8x', '08x', '1e1', '0x10', ' 8', '8 ', '8.0', '+8', '', 'NaN', '0', '101', '9'.repeat(30)])(
    'an integer is not %j',
    (text) => {
      expect(problem(int, text)).toMatch(/^EG_X (must be an integer from 1 to 100|is not set)/);
    },
  );
  it('an integer is read exactly', () => {
    expect(read(int, '8')).toBe(8);
    expect(read(setting.int('EG_X', { description }), '-3')).toBe(-3);
    expect(read(setting.int('EG_X', { description, min: 0 }), '0')).toBe(0);
  });

  it.each(['65536', '-1', 'http'])('a port is not %j', (text) => {
    expect(problem(setting.port('EG_X', { description }), text)).toBe(
      `EG_X must be an integer from 0 to 65535, not "${text}"`,
    );
  });

  it('a list is trimmed, may be empty, and has no holes', () => {
    const list = setting.list('EG_X', { description, default: ['d'] });
    expect(read(list, 'a, b ,c')).toEqual(['a', 'b', 'c']);
    expect(read(list, '')).toEqual([]);
    expect(read(list, undefined)).toEqual(['d']);
    expect(problem(list, 'a,,b')).toBe('EG_X has an empty member between two commas');
    expect(problem(setting.list('EG_X', { description, min: 1 }), ' ')).toBe(
      'EG_X must have at least 1 members, not 0',
    );
  });

  it('a list of integers names the member that is none', () => {
    const list = setting.intList('EG_X', { description, default: [0, 5, 300] });
    expect(read(list, '0,5')).toEqual([0, 5]);
    expect(read(list, undefined)).toEqual([0, 5, 300]);
    expect(problem(list, '0,5s')).toContain('not "5s"');
    expect(problem(list, '-1')).toContain('at least 0');
  });

  it('a URL is http or https and loses its trailing slash', () => {
    const url = setting.url('EG_X', { description });
    expect(read(url, 'https://es.example:9200/')).toBe('https://es.example:9200');
    for (const text of ['es:9200', '//es', 'ftp://es', 'http://']) {
      expect(problem(url, text)).toBe('EG_X must be an http:// or https:// URL');
    }
  });

  it('a key has exactly its digits, and an error does not repeat them', () => {
    const key = setting.hexKey('EG_X', { description });
    expect(read(key, 'AB'.repeat(32))).toBe('ab'.repeat(32));
    for (const text of ['ab'.repeat(31), 'ab'.repeat(33), `${'ab'.repeat(31)}zz`]) {
      expect(problem(key, text)).toBe(
        'EG_X must be 64 hexadecimal digits (for example: openssl rand -hex 32)',
      );
    }
  });

  it('a choice lists what it may be', () => {
    const level = setting.choice('EG_X', ['info', 'debug'], { description });
    expect(read(level, 'debug')).toBe('debug');
    expect(problem(level, 'verbose')).toBe('EG_X must be one of info, debug, not "verbose"');
  });

  it('a flag is true or false', () => {
    const flag = setting.flag('EG_X', { description });
    expect(['true', 'TRUE', '1', 'false', '0'].map((text) => read(flag, text))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(problem(flag, 'yes')).toBe('EG_X must be true or false, not "yes"');
  });

  it('a text has its least and greatest length', () => {
    const text = setting.string('EG_X', { description, min: 2, max: 3 });
    expect(read(text, 'abc')).toBe('abc');
    expect(problem(text, 'abcd')).toBe('EG_X must have 2 to 3 characters, not 4');
  });
});

describe('readConfig', () => {
  const definition = defineConfig('mail-sender', {
    host: setting.string('EG_HOST', { description: 'Where', default: '127.0.0.1' }),
    port: setting.port('EG_PORT', { description: 'Port' }),
    password: setting.secret('EG_PASSWORD', { description: 'Password of the user', min: 8 }),
    key: setting.hexKey('EG_KEY', { description: 'Encrypts what is at rest' }),
  });

  it('gives typed, frozen values, with defaults for what is unset or empty', () => {
    const values = readConfig(definition, {
      EG_HOST: '',
      EG_PORT: '25',
      EG_PASSWORD: 'long enough',
      EG_KEY: 'a'.repeat(64),
    });
    const host: string = values.host;
    const port: number = values.port;
    expect([host, port, values.password]).toEqual(['127.0.0.1', 25, 'long enough']);
    expect(() => Object.assign(values, { port: 1 })).toThrow(TypeError);
  });

  it('names every wrong variable at once, what to do, and no secret', () => {
    const secrets = ['s3cr3t!', `${'f'.repeat(63)}g`];
    let text = '';
    try {
      readConfig(definition, { EG_PORT: 'smtp', EG_PASSWORD: secrets[0], EG_KEY: secrets[1] });
    } catch (error) {
      text = String(error);
    }
    expect(text.split('\n')).toEqual([
      'ConfigError: mail-sender cannot start, its configuration is wrong:',
      '  EG_PORT must be an integer from 0 to 65535, not "smtp"',
      '  EG_PASSWORD must have 8 to 65535 characters, not 7',
      '  EG_KEY must be 64 hexadecimal digits (for example: openssl rand -hex 32)',
    ]);
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('says what a missing variable is for and how to make one', () => {
    expect(() => readConfig(definition, { EG_PORT: '1', EG_PASSWORD: 'long enough' })).toThrow(
      'EG_KEY is not set: Encrypts what is at rest. Set it to secret, 64 hex digits (for example: openssl rand -hex 32).',
    );
  });

  it('ignores variables of other apps', () => {
    const small = defineConfig('small', { host: setting.string('EG_HOST', { description, default: 'h' }) });
    expect(readConfig(small, { EG_OTHER: 'x', EG_PORT: 'no port' })).toEqual({ host: 'h' });
  });

  it('shows secrets as set only, and no credentials of a URL', () => {
    const withUrl = defineConfig('a', {
      ...definition.settings,
      url: setting.url('EG_URL', { description }),
      empty: setting.secret('EG_EMPTY', { description, default: '' }),
    });
    const values = readConfig(withUrl, {
      EG_PORT: '25',
      EG_PASSWORD: 'long enough',
      EG_KEY: 'a'.repeat(64),
      EG_URL: 'https://elastic:pw@es:9200',
    });
    expect(redactedSummary(withUrl, values)).toEqual({
      EG_HOST: '127.0.0.1',
      EG_PORT: 25,
      EG_PASSWORD: 'set',
      EG_KEY: 'set',
      EG_URL: 'https://[redacted]@es:9200',
      EG_EMPTY: 'unset',
    });
  });
});

describe('definitions', () => {
  it('refuse a variable twice and a name that is none of ours', () => {
    const twice = { a: setting.flag('EG_A', { description }), b: setting.flag('EG_A', { description }) };
    expect(() => defineConfig('app', twice)).toThrow('EG_A is declared twice');
    expect(() => defineConfig('app', { a: setting.flag('PATH', { description }) })).toThrow('PATH');
  });

  it('describe themselves for the reference, without a secret default', () => {
    const definition = defineConfig('app', {
      list: setting.list('EG_LIST', { description: 'Some', default: ['a', 'b'], example: 'x,y' }),
      secret: setting.secret('EG_SECRET', { description: 'Hidden', default: 'development-only' }),
      port: setting.port('EG_PORT', { description: 'Port' }),
    });
    const rows = describeConfig(definition);
    expect(rows).toEqual([
      {
        env: 'EG_LIST',
        type: 'comma separated list',
        default: 'a,b',
        secret: false,
        required: false,
        description: 'Some',
        example: 'x,y',
      },
      {
        env: 'EG_SECRET',
        type: 'secret text',
        default: undefined,
        secret: true,
        required: false,
        description: 'Hidden',
        example: undefined,
      },
      {
        env: 'EG_PORT',
        type: 'port',
        default: undefined,
        secret: false,
        required: true,
        description: 'Port',
        example: undefined,
      },
    ]);
  });

  it('of the shared settings need only the password of MySQL', () => {
    const definition = defineConfig('app', {
      ...logSettings,
      ...healthSettings(9101),
      ...mysqlSettings,
      ...kafkaSettings,
      ...elasticsearchSettings,
    });
    expect(describeConfig(definition).filter(({ required }) => required)).toMatchObject([
      { env: 'EG_MYSQL_PASSWORD' },
    ]);
    expect(readConfig(definition, { EG_MYSQL_PASSWORD: 'p' })).toEqual({
      logLevel: 'info',
      healthHost: '127.0.0.1',
      healthPort: 9101,
      mysqlHost: '127.0.0.1',
      mysqlPort: 3306,
      mysqlUser: 'eg',
      mysqlPassword: 'p',
      mysqlDatabase: 'email_gateway',
      mysqlPool: 8,
      kafkaBrokers: ['127.0.0.1:9092'],
      elasticsearchUrl: 'http://127.0.0.1:9200',
    });
  });
});
