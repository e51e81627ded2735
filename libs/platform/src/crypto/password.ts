import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/*
 * scrypt with N = 2^15, r = 8, p = 3: 32 MiB and roughly a tenth of a second, one of the equivalent settings of the
 * OWASP password storage guide. The parameters are stored with each hash, so raising them later leaves old hashes
 * verifiable. MOST_LOG2_N bounds what a stored hash may make a verifier spend.
 */
const LOG2_N = 15;
const BLOCK_SIZE = 8;
const PARALLELISM = 3;
const MOST_LOG2_N = 18;
const MOST_PARALLELISM = 16;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const FORMAT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{6,88})\$([A-Za-z0-9+/]{22,88})$/;

/** Hashes a password for storage: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (PHC string, base64 without padding). */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, LOG2_N, BLOCK_SIZE, PARALLELISM);
  return phc(salt, hash);
}

/**
 * A stored text of the same form and cost that is no password's: verifying any against it is false, and takes as long as a
 * wrong password does.
 */
export function decoyHash(): string {
  return phc(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
}

/** Whether the password is the hashed one. False for a stored text of another form; compares in constant time. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, log2N, r, p, salt, hash] = FORMAT.exec(stored) ?? [];
  if (log2N === undefined || r === undefined || p === undefined || salt === undefined || hash === undefined) {
    return false;
  }
  const [cost, blockSize, parallelism] = [Number(log2N), Number(r), Number(p)];
  if (cost < 1 || cost > MOST_LOG2_N || blockSize < 1 || parallelism < 1 || parallelism > MOST_PARALLELISM)
    return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = await derive(
    password,
    Buffer.from(salt, 'base64'),
    expected.length,
    cost,
    blockSize,
    parallelism,
  );
  return timingSafeEqual(actual, expected);
}

function derive(
  password: string,
  salt: Buffer,
  length: number,
  log2N: number,
  r: number,
  p: number,
): Promise<Buffer> {
  const N = 2 ** log2N;
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 128 * r * p + 1_048_576 };
  return new Promise((resolve, reject) => {
    // The same characters in another composition are the same password.
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function phc(salt: Buffer, hash: Buffer): string {
  return `$scrypt$ln=${LOG2_N},r=${BLOCK_SIZE},p=${PARALLELISM}$${unpadded(salt)}$${unpadded(hash)}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
