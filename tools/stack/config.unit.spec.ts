import { describe, expect, it } from '@jest/globals';
import { externalAddresses } from './config.mjs';

const given = {
  EG_MYSQL_HOST: 'db.test',
  EG_MYSQL_PASSWORD: 'p',
  EG_KAFKA_BROKERS: 'k1.test:9092, k2.test:9093',
  EG_ELASTICSEARCH_URL: 'http://es.test:9200/',
};

describe('the addresses of external engines', () => {
  it('are read from the environment', () => {
    expect(externalAddresses(given)).toEqual({
      mysql: { host: 'db.test', port: 3306, user: 'eg', password: 'p' },
      kafka: { brokers: ['k1.test:9092', 'k2.test:9093'] },
      elasticsearch: { url: 'http://es.test:9200' },
    });
  });

  it.each([
    ['EG_MYSQL_HOST', '', '--engines external needs EG_MYSQL_HOST'],
    ['EG_MYSQL_PORT', '70000', 'EG_MYSQL_PORT=70000 is not a port'],
    ['EG_KAFKA_BROKERS', 'k1.test:9092,,k2.test:9092', 'EG_KAFKA_BROKERS must be host:port'],
    ['EG_KAFKA_BROKERS', 'k1.test', '"k1.test" is not'],
    ['EG_KAFKA_BROKERS', 'k1.test:0', '"k1.test:0" is not'],
    ['EG_ELASTICSEARCH_URL', 'ftp://u:secret@es.test', /^EG_ELASTICSEARCH_URL must be an http.* URL$/],
  ])('a wrong %s (%j) is named', (name, value, message) => {
    expect(() => externalAddresses({ ...given, [name]: value })).toThrow(message);
  });
});
