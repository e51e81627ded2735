import { InvalidArgumentError } from 'commander';

/** A positive integer in decimal digits; `7abc` and `1e3` are none. */
export function integer(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new InvalidArgumentError('expected a positive integer');
  return Number(text);
}

/** An integer of at least 0. */
export function count(text: string): number {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text))
    throw new InvalidArgumentError('expected an integer of at least 0');
  return Number(text);
}

/** One of a few words, in any letter case. */
export function oneOf(...choices: string[]): (text: string) => string {
  return (text) => {
    const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`expected one of ${choices.join(', ')}`);
    return found;
  };
}
