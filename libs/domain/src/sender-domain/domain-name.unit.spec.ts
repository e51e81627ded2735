import { describe, expect, it } from '@jest/globals';
import { domainToASCII } from 'node:url';
import {
  domainNameOf,
  isDomainName,
  isSubdomainLabel,
  isTrackMerge,
  normalizeDomainName,
} from './domain-name.js';

const LABEL_63 = 'a'.repeat(63);

describe('name of a sender domain', () => {
  it('is kept in lower case, without a trailing dot or blanks around', () => {
    expect(normalizeDomainName(' Mail.Example.COM. ')).toBe('mail.example.com');
  });

  it.each([
    'example.com',
    'mail.example.co.uk',
    'a-b.example',
    'xn--bcher-kva.example',
    '1.example.com',
    `${LABEL_63}.com`,
    `${LABEL_63}.${LABEL_63}.${LABEL_63}.${'a'.repeat(61)}`,
  ])('may be %s', (name) => {
    expect(isDomainName(name)).toBe(true);
  });

  it.each([
    '',
    '.',
    'com',
    'localhost',
    'mail.localhost',
    '.example.com',
    'example..com',
    'example.com.',
    '-example.com',
    'example-.com',
    'exam_ple.com',
    'exam ple.com',
    'example.com/path',
    'user@example.com',
    '*.example.com',
    'Example.com',
    'bücher.example',
    '192.0.2.1',
    '1.2',
    '::1',
    '[::1]',
    `${LABEL_63}a.com`,
    `${LABEL_63}.${LABEL_63}.${LABEL_63}.${'a'.repeat(62)}`,
  ])('cannot be %j', (name) => {
    expect(isDomainName(name)).toBe(false);
  });
});

describe('name of a sender domain as customers write it', () => {
  const read = (text: string) => domainNameOf(text, domainToASCII);

  it.each([
    ['Mail.Example.COM', 'mail.example.com'],
    ['example.com.', 'example.com'],
    ['example.com。', 'example.com'],
    [' \t\r\nexample.com\r\n', 'example.com'],
    ['ｅｘａｍｐｌｅ。com', 'example.com'],
    ['Bücher.Example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['نامه\u200cای.com', 'xn--mgba3gch31f060k.com'],
  ])('%j is %s', (text, name) => {
    expect(read(text)).toBe(name);
  });

  it.each([
    'example.com..',
    'example.com. .',
    'one.test。。',
    'one.test.。',
    'a.b..',
    'ü..test',
    'exa\nmple.com',
    'exa\tmple.com',
    'exa\rmple.com',
    'exa\0mple.com',
    'exa\u007fmple.com',
    'exam\u00adple.com',
    'exam\u200bple.com',
    'bü\u00adcher.example',
    'bü\ncher.example',
    'bü\u2060cher.example',
    'bü\ufe0fcher.example',
    '\ufeffbücher.example',
    'a\u200db.com',
    '\u00a0example.com',
    'bücher.ex%61mple',
    'bücher.example/path',
    'bücher.example?x',
    'bücher.example:80',
    'user@bücher.example',
    'bü_cher.example',
    '１２７.１',
    'bücher',
    `${'bü.'.repeat(400)}example`,
    `a${' '.repeat(100_000)}a`,
  ])('%j is none', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('subdomain and tracking prefix', () => {
  it.each(['sl', 'outbound', 'A1', 'a-b', '1', 'a'.repeat(32)])('may be %s', (text) => {
    expect(isSubdomainLabel(text)).toBe(true);
  });

  it.each(['', '-a', 'a-', '-', 'a.b', 'a_b', 'a b', 'ü', 'a\n', 'a'.repeat(33)])('cannot be %j', (text) => {
    expect(isSubdomainLabel(text)).toBe(false);
  });

  it('are joined by a hyphen, a dot or nothing', () => {
    expect(['-', '.', '', '_', '--', ' '].map(isTrackMerge)).toEqual([true, true, true, false, false, false]);
  });
});
