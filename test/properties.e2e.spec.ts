import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { allReady, stack } from './support/system.js';
import { newTenant } from './support/tenant.js';

const run = promisify(execFile);
const TOOL = join(resolve(import.meta.dirname, '..'), 'tools/properties/run.mjs');
/** A tenth of `npm run test:properties`. */
const REQUESTS = 1000;

/** Requests that are made of the API's description, whatever they hold. */
describe('the API as it is described', () => {
  beforeAll(() => allReady(), 60_000);

  it(`answers ${REQUESTS} made requests with documented statuses and bodies, and never with a 5xx`, async () => {
    const { apiKey, senderKey, domainId } = await newTenant();
    const { api, adminApiKey: adminKey } = stack();
    const EG_PROPERTIES_TARGET = JSON.stringify({ api, apiKey, senderKey, adminKey, domainId });
    const { stdout } = await run(process.execPath, [TOOL, '--requests', String(REQUESTS)], {
      env: { ...process.env, NODE_OPTIONS: '', EG_PROPERTIES_TARGET },
      maxBuffer: 50_000_000,
    }).catch((error: { stdout?: string; message: string }) => {
      throw new Error(`${error.message}\n${(error.stdout ?? '').slice(-10_000)}`);
    });
    const made = Number(/(\d[\d,]*) generated/.exec(stdout)?.[1]?.replaceAll(',', ''));
    expect(made).toBeGreaterThanOrEqual(REQUESTS);
  }, 300_000);
});
