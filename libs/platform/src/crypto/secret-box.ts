import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/*
 * Layout of a sealed text: version (1 byte, 0x01) | nonce (12) | ciphertext | tag (16), AES-256-GCM with the version
 * byte authenticated. With random nonces one key is good for 2^32 texts. A new layout or key derivation gets a new
 * version byte.
 */
const VERSION = 0x01;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MOST_LOOKUPS = 4_096;

/** A sealed value that is damaged, was sealed under another key, or is of an unknown layout. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/** Encrypts short secrets at rest, and gives the keyed hash by which they are looked up. */
export class SecretBox {
  readonly #sealKey: Buffer;
  /** A key object: given as bytes, each HMAC would import the key anew (13 instead of 2 µs, on every request). */
  readonly #lookupKey: KeyObject;
  /** Hashes made so far: callers come back with the same key, and the HMAC was a twentieth of a request. */
  readonly #lookups = new Map<string, Buffer>();

  /** @param masterKeyHex 64 hexadecimal digits. Each use gets its own key, derived from it by HKDF-SHA256. */
  constructor(masterKeyHex: string) {
    if (!/^[0-9a-fA-F]{64}$/.test(masterKeyHex))
      throw new Error('the master key must be 64 hexadecimal digits');
    const master = Buffer.from(masterKeyHex, 'hex');
    this.#sealKey = derive(master, 'secret-box/seal/v1');
    this.#lookupKey = createSecretKey(derive(master, 'secret-box/lookup/v1'));
  }

  /** Encrypts a text; sealing it twice gives different bytes. */
  seal(text: string): Buffer {
    const header = Buffer.of(VERSION);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(header);
    return Buffer.concat([header, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws UnsealError when the bytes are not exactly what `seal` returned under this key. */
  open(sealed: Buffer): string {
    if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES) throw new UnsealError('the sealed value is too short');
    if (sealed[0] !== VERSION) throw new UnsealError('the sealed value is of an unknown version');
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(sealed.subarray(0, 1));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const body = decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    } catch {
      throw new UnsealError('the sealed value is damaged or was sealed under another key');
    }
  }

  /** 32 bytes that are equal for equal texts and tell nothing without the key: HMAC-SHA256. Not to be written to. */
  lookup(text: string): Buffer {
    const known = this.#lookups.get(text);
    if (known !== undefined) return known;
    const hash = createHmac('sha256', this.#lookupKey).update(text, 'utf8').digest();
    if (this.#lookups.size >= MOST_LOOKUPS) this.#lookups.clear();
    this.#lookups.set(text, hash);
    return hash;
  }
}

function derive(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), purpose, 32));
}
