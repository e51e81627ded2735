import { InvalidArgumentError } from 'commander';
import { readFileSync } from 'node:fs';
import { CommandFailed } from './output.js';

/** A positive integer in decimal digits; `7abc` and `1e3` are none. */
export function integer(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new InvalidArgumentError('expected a positive integer');
  return Number(text);
}

/** Positive integers, as often as the option is given. */
export function integers(text: string, before: readonly number[] = []): number[] {
  return [...before, integer(text)];
}

/** An integer of at least 0. */
export function count(text: string): number {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text))
    throw new InvalidArgumentError('expected an integer of at least 0');
  return Number(text);
}

/** An integer of at least 0, or one word. */
export function countOr<Word extends string>(word: Word): (text: string) => number | Word {
  return (text) => {
    if (text.toLowerCase() === word) return word;
    if (!/^(0|[1-9][0-9]{0,14})$/.test(text))
      throw new InvalidArgumentError(`expected an integer of at least 0, or ${word}`);
    return Number(text);
  };
}

/** One of a few words, in any letter case. */
export function oneOf(...choices: string[]): (text: string) => string {
  return (text) => {
    const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`expected one of ${choices.join(', ')}`);
    return found;
  };
}

/** JSON; an empty text is as good as `null`. */
export function json(text: string): unknown {
  if (text.trim() === '') return '';
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('expected JSON');
  }
}

/** `name=value`, as often as the option is given; the last value of a name counts. */
export function pair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected name=value');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Text of a file; `-` is standard input. @throws CommandFailed when it cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new CommandFailed(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}
