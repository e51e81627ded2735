import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('returns what the condition returned once it is met', async () => {
    let calls = 0;
    const value = await eventually(() => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return 'met';
    });
    expect([value, calls]).toEqual(['met', 3]);
  });

  it('takes false as not met, and other empty values as met', async () => {
    let calls = 0;
    await eventually(() => (calls += 1) > 2);
    expect(calls).toBe(3);
    expect(await eventually(() => 0)).toBe(0);
  });

  it('fails with the last reason', async () => {
    let calls = 0;
    const failing = eventually(
      () => {
        calls += 1;
        throw new Error(`reason ${calls}`);
      },
      { timeoutMs: 40, everyMs: 5 },
    );
    await expect(failing).rejects.toThrow(/^not met within 40 ms: reason [2-9]/);
    await expect(eventually(() => false, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow('still false');
  });
});
