import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest } from '@jest/globals';
import { run } from '../../apps/eg/src/run.js';
import {
  startTestGateway,
  type TestGateway,
  type TestUser,
} from '../../apps/gateway-api/src/http/testing/test-gateway.js';

export interface Run {
  code: number;
  out: string;
  err: string;
}

/** `eg` in this process, against a gateway of its own that holds one account. */
export interface EgProgram {
  readonly gateway: TestGateway;
  readonly user: TestUser;
  /** A new file with this text. */
  file(text: string): string;
  close(): Promise<void>;
}

/** Starts a gateway and points the settings of `eg` to it; `close` takes that back. */
export async function startEg(): Promise<EgProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'eg-'));
  const gateway = await startTestGateway();
  const user = await gateway.createUser();
  const restore = setEnvironment({
    EG_VAR: folder,
    EG_OPERATOR_URL: gateway.operatorUrl,
    EG_ADMIN_API_KEY: gateway.adminKey,
  });
  let files = 0;
  return {
    gateway,
    user,
    file(text) {
      const path = join(folder, `file-${(files += 1)}`);
      writeFileSync(path, text);
      return path;
    },
    async close() {
      restore();
      rmSync(folder, { recursive: true });
      await gateway.close();
    },
  };
}

/** Sets variables of this process; the returned function gives them their earlier values. */
export function setEnvironment(values: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

/** Runs one command line; what it writes is kept from the terminal. */
export async function eg(...args: string[]): Promise<Run> {
  const written = { out: '', err: '' };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true)),
  ];
  try {
    return { code: await run(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** The JSON that a command prints; it has to succeed in silence. */
export async function result(...args: string[]): Promise<unknown> {
  const { code, out, err } = await eg('--json', ...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return JSON.parse(out);
}
