import { describe, expect, it } from '@jest/globals';

import { readConfig } from './config.js';
import { createLog, settingsOf } from './log.js';

describe('the log', () => {
  it('has lines of the form that the other processes write', () => {
    const lines: string[] = [];
    createLog('info', { write: (line) => void lines.push(line) }).warn({ port: 1 }, 'port.taken');
    const { time, ...line } = JSON.parse(String(lines[0])) as Record<string, unknown>;
    expect(line).toEqual({ level: 'warn', app: 'sandbox', pid: process.pid, port: 1, msg: 'port.taken' });
    expect(new Date(String(time)).toISOString()).toBe(time);
  });

  it('shows every setting by its variable', () => {
    const settings = settingsOf(readConfig({ EG_SANDBOX_MTA_PORT: '2600' }));
    expect(settings).toMatchObject({ EG_SANDBOX_MTA_PORT: 2600, EG_SANDBOX_TEAR: false });
    expect(Object.values(settings)).not.toContain(undefined);
  });
});
