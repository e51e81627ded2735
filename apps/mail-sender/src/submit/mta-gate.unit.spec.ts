import { describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { testLogger } from '#platform/testing/test-kafka';
import { MtaGate } from './mta-gate.js';

describe('the gate to the MTA', () => {
  it('is shut by a failed probe, says why, and opens by itself', async () => {
    let reason: string | undefined = 'connect ECONNREFUSED';
    let probes = 0;
    const gate = new MtaGate(
      () => {
        probes += 1;
        return reason === undefined ? Promise.resolve() : Promise.reject(new Error(reason));
      },
      testLogger(),
      5,
    );
    expect(gate.isOpen).toBe(true);
    await gate.start();
    await eventually(() => !gate.isOpen);
    await expect(gate.check()).rejects.toThrow('connect ECONNREFUSED');
    reason = undefined;
    await eventually(() => gate.isOpen);
    await expect(gate.check()).resolves.toBeUndefined();
    await gate.stop();
    const afterStop = probes;
    await Promise.all([gate.isThere(), gate.isThere()]);
    // Both asked at the same time: one probe answers them.
    expect(probes).toBe(afterStop + 1);
  });
});
