import { describe, expect, it } from '@jest/globals';
import { domainToASCII } from 'node:url';
import { judgeWebhookUrl, webhookUrlOf } from './webhook-url.js';

describe('address of a webhook as customers write it', () => {
  it.each([
    [' \thttps://example.com/hook\r\n', 'https://example.com/hook'],
    ['HTTPS://Example.COM/Hook?a=B', 'HTTPS://Example.COM/Hook?a=B'],
    ['https://Bücher.Example/hook', 'https://xn--bcher-kva.example/hook'],
    ['https://bücher.example:8443?a', 'https://xn--bcher-kva.example:8443?a'],
    ['http://a@bücher.example/', 'http://a@xn--bcher-kva.example/'],
    ['https://ｌocalhost/', 'https://localhost/'],
    ['https://１２７.１/', 'https://127.0.0.1/'],
    ['https://example.com/hük', 'https://example.com/hük'],
    ['https://bü%63her.example/', 'https://bü%63her.example/'],
    ['https://bücher.example\\@127.0.0.1/', 'https://bücher.example\\@127.0.0.1/'],
    ['https://bü\u00adcher.example/', 'https://bü\u00adcher.example/'],
    ['https://bü\ncher.example/', 'https://bü\ncher.example/'],
    ['https://bücher.ex|mple/', 'https://bücher.ex|mple/'],
  ])('%j is %s', (text, url) => {
    expect(webhookUrlOf(text, domainToASCII)).toBe(url);
  });
});

describe('address of a webhook', () => {
  it.each([
    'https://example.com/webhooks/email-events',
    'http://example.com',
    'HTTPS://EXAMPLE.COM:8443/hook?a=b&c=%20#part',
    'https://example.com:/hook',
    'https://example.com./hook',
    'http://receiver.sandbox.test:8026/hook',
    'https://my_receiver.example.com/',
    'https://xn--bcher-kva.example/hook',
    'https://notlocal/hook',
    'https://local.example.com/',
    'https://localhost.example.com/',
    'https://127.0.0.1.example.com/',
    'https://203.0.113.7/',
    'https://128.1/',
    'https://[2001:db8::1]:8443/hook',
    'https://[::ffff:203.0.113.7]/',
  ])('%s is allowed', (url) => {
    expect(judgeWebhookUrl(url)).toBe('allowed');
  });

  it.each([
    '',
    'example.com/hook',
    'ftp://example.com/hook',
    'javascript:alert(1)',
    'http:example.com',
    'http:/example.com',
    'http:///example.com',
    'http://',
    'http://?x',
    'http://:80/',
    'http://exa mple.com/',
    ' https://example.com/',
    'https://example.com/\n',
    'https://example.com\\@127.0.0.1/',
    'https://bücher.example/',
    'https://ｌocalhost/',
    'https://loc%61lhost/',
    'https://example..com/',
    'https://localhost../',
    'https://-example.com/',
    'https://example.com:0/',
    'https://example.com:65536/',
    'https://example.com:port/',
    'https://user:password@example.com/',
    'https://127.0.0.1@example.com/',
    'https://256.1.1.1/',
    'https://1.2.3.4.5/',
    'https://1.2.3.4.0/',
    'https://127.0.0.08/',
    'https://4294967296/',
    'https://[::1/',
    'https://::1/',
    'https://[1::2::3]/',
    'https://[1:2:3:4:5:6:7]/',
    'https://[1:2:3:4:5:6:7::8]/',
    'https://[fe80::1%25eth0]/',
    'https://[::127.0.0.256]/',
    `https://${'a'.repeat(64)}.example/`,
    `https://${'a.'.repeat(127)}com/`,
    `https://example.com/${'a'.repeat(2048)}`,
  ])('%j is invalid', (url) => {
    expect(judgeWebhookUrl(url)).toBe('webhook-url-invalid');
  });

  it.each([
    'http://localhost',
    'https://LocalHost:8443/hook',
    'http://localhost./',
    'http://api.localhost/',
    'http://local/',
    'http://printer.local',
    'http://PRINTER.LOCAL./hook',
    'http://127.0.0.1/',
    'http://127.0.0.1./',
    'http://127.255.255.254/',
    'http://127.1/',
    'http://127.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0X7F.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://0/',
    'http://0x/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]:80/',
    'http://[::]/',
    'http://[::FFFF:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://example.com@localhost/',
    'http://user:password@127.0.0.1:80/',
  ])('%s leads to ourselves', (url) => {
    expect(judgeWebhookUrl(url)).toBe('webhook-host-forbidden');
  });

  it('agrees with the URL parser that delivers: what it reads as loopback, or not at all, is never allowed', () => {
    const loopback = /^(?:127\.|0\.|localhost\.?$|\[::1?\]$|\[::ffff:7f)/;
    const firsts = [
      '127',
      '0x7f',
      '0177',
      '1',
      '0',
      '256',
      '0x',
      '08',
      '2130706433',
      'localhost',
      '[::ffff:7f.1]',
    ];
    const rests = ['', '.1', '.0.1', '.0.0.1', '.0x0.00.1', '.', '..', '.1.'];
    const schemes = ['http://', 'HTTP://', 'http:', 'http:\\\\', 'http://x@', 'http:///'];
    const urls = schemes.flatMap((scheme) =>
      firsts.flatMap((first) => rests.map((rest) => `${scheme}${first}${rest}/`)),
    );
    const wronglyAllowed = urls.filter((url) => {
      const host = URL.parse(url)?.hostname;
      return judgeWebhookUrl(url) === 'allowed' && (host === undefined || loopback.test(host));
    });
    expect(wronglyAllowed).toEqual([]);
    expect(urls.filter((url) => judgeWebhookUrl(url) === 'allowed')).toContain('http://1.1/');
  });
});
