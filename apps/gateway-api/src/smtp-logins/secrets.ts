import { randomBytes } from 'node:crypto';

/** Letters and digits that nobody takes for one another; 32 of them, so that a byte chooses without a bias. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
/** 5 bits each: 80 and 160 bits. */
const USERNAME_CHARACTERS = 16;
const PASSWORD_CHARACTERS = 32;

/** A username that cannot be guessed and can be read aloud: `smtp_` and 16 letters and digits. */
export const mintUsername = (): string => `smtp_${random(USERNAME_CHARACTERS)}`;

/** A password of letters and digits alone, which no mail program has to quote. */
export const mintPassword = (): string => random(PASSWORD_CHARACTERS);

const random = (length: number): string =>
  Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
