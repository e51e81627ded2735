import { describe, expect, it } from '@jest/globals';
import { mintPassword, mintUsername } from './secrets.js';

const MANY = 2000;
const EASY = '[a-km-np-z2-9]';

describe.each([
  ['usernames', mintUsername, new RegExp(`^smtp_${EASY}{16}$`)],
  ['passwords', mintPassword, new RegExp(`^${EASY}{32}$`)],
])('%s', (_, mint, form) => {
  const minted = Array.from({ length: MANY }, mint);

  it('are of letters and digits that nobody takes for one another', () => {
    for (const text of minted) expect(text).toMatch(form);
  });

  it('never repeat, and use every character at every place', () => {
    expect(new Set(minted).size).toBe(MANY);
    const random = minted.map((text) => text.replace('smtp_', ''));
    for (let place = 0; place < (random[0]?.length ?? 0); place += 1)
      expect(new Set(random.map((text) => text[place])).size).toBe(32);
  });
});
