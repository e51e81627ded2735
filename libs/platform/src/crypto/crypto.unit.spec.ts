import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { hashPassword, verifyPassword } from './password.js';
import { SecretBox, UnsealError } from './secret-box.js';

const KEY = '0123456789abcdef'.repeat(4);

describe('secret box', () => {
  const box = new SecretBox(KEY);

  it.each(['', 'ABCD-EFGH', 'Schlüssel 🔑', 'x'.repeat(10_000)])('opens what it sealed: %.20s', (text) => {
    expect(box.open(box.seal(text))).toBe(text);
  });

  it('seals a text differently each time, and never readable', () => {
    const [first, second] = [box.seal('the same secret'), box.seal('the same secret')];
    expect(first.equals(second)).toBe(false);
    expect(first.includes('the same')).toBe(false);
    expect(first).toHaveLength(1 + 12 + 'the same secret'.length + 16);
  });

  it('opens what was sealed by an earlier release', () => {
    // Frozen: sealed with this key when layout 1 was introduced.
    const sealed = Buffer.from('AQABAgMEBQYHCAkKC+bFz8aXwcTOvhG+W1NMZzKZe6j3tB0BUdUaU2Cs', 'base64');
    expect(box.open(sealed)).toBe('frozen sample');
  });

  it('refuses every single changed byte', () => {
    const sealed = box.seal('secret');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => box.open(changed)).toThrow(UnsealError);
    }
  });

  it.each([0, 1, 28])('refuses a value cut to %i bytes', (length) => {
    expect(() => box.open(box.seal('secret').subarray(0, length))).toThrow(UnsealError);
  });

  it('refuses what another key sealed', () => {
    expect(() => new SecretBox('f'.repeat(64)).open(box.seal('secret'))).toThrow('another key');
  });

  it('looks up by HMAC-SHA256 under a key of its own, derived from the master key', () => {
    const derived = Buffer.from(
      hkdfSync('sha256', Buffer.from(KEY, 'hex'), Buffer.alloc(0), 'secret-box/lookup/v1', 32),
    );
    expect(box.lookup('ABCD')).toEqual(createHmac('sha256', derived).update('ABCD').digest());
    for (let n = 0; n < 5_000; n += 1) box.lookup(`other ${n}`);
    expect(box.lookup('ABCD')).toEqual(createHmac('sha256', derived).update('ABCD').digest());
    expect(box.lookup('ABCD')).toEqual(new SecretBox(KEY.toUpperCase()).lookup('ABCD'));
    expect(box.lookup('ABCD')).not.toEqual(box.lookup('ABCE'));
    expect(box.lookup('ABCD')).not.toEqual(new SecretBox('f'.repeat(64)).lookup('ABCD'));
  });

  it.each(['', 'ab', 'g'.repeat(64), 'a'.repeat(65)])('refuses the master key %j', (key) => {
    expect(() => new SecretBox(key)).toThrow('64 hexadecimal digits');
  });
});

describe('password', () => {
  it('verifies the password it hashed, and no other', async () => {
    const stored = await hashPassword('correct horse');
    expect(stored).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword('correct horse', stored)).toBe(true);
    expect(await verifyPassword('correct hors', stored)).toBe(false);
    expect(await verifyPassword('', stored)).toBe(false);
  });

  it('hashes a password differently each time', async () => {
    expect(await hashPassword('a')).not.toBe(await hashPassword('a'));
  });

  it('takes the same characters in another composition', async () => {
    expect(await verifyPassword('e\u0301', await hashPassword('\u00e9'))).toBe(true);
  });

  it('verifies by the parameters that are stored: the vector of RFC 7914 section 12', async () => {
    const hash = Buffer.from(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
      'hex',
    );
    const salt = Buffer.from('NaCl').toString('base64').replace(/=+$/, '');
    const stored = `$scrypt$ln=10,r=8,p=16$${salt}$${hash.toString('base64').replace(/=+$/, '')}`;
    expect(await verifyPassword('password', stored)).toBe(true);
    expect(await verifyPassword('Password', stored)).toBe(false);
  });

  it.each([
    '',
    'plain',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
  ])('is never the stored text %j', async (stored) => {
    expect(await verifyPassword('plain', stored)).toBe(false);
  });
});
