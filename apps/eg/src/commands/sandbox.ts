import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { varDirOf } from '../config.js';
import { operator } from '../operator-client.js';
import { CommandFailed, print } from '../output.js';

interface WantedRecord {
  host: string;
  type: string;
  value: string;
}

interface ZoneRecord {
  type: string;
  value?: string;
  sequence?: string[];
  ttl?: number;
}

type Zone = Record<string, ZoneRecord[]>;

/** A writer that died keeps its lock no longer than this. */
const STALE_LOCK_MS = 5_000;

export function addSandboxCommands(program: Command): void {
  const dns = program
    .command('sandbox')
    .description('the local sandbox')
    .command('dns')
    .description('its DNS zone');

  dns
    .command('publish')
    .description('write the records that the gateway asks of a domain into the sandbox zone')
    .argument('<domain>')
    .action(async (domain: string, _options, command: Command) => {
      const records = await wantedRecords(domain);
      await changeZone((zone) => {
        for (const host of new Set(records.map(({ host }) => host.toLowerCase()))) delete zone[host];
        for (const { host, type, value } of records) {
          (zone[host.toLowerCase()] ??= []).push({ type, value, ttl: 60 });
        }
      });
      print(command.optsWithGlobals()['json'], { records }, records);
    });

  dns
    .command('unpublish')
    .description('remove the records of a domain from the sandbox zone')
    .argument('<domain>')
    .action(async (domain: string, _options, command: Command) => {
      const name = nameOf(domain);
      const removed: WantedRecord[] = [];
      await changeZone((zone) => {
        for (const [host, records] of Object.entries(zone)) {
          if (host !== name && !host.endsWith(`.${name}`)) continue;
          removed.push(
            ...records.map(({ type, value, sequence }) => ({ host, type, value: value ?? String(sequence) })),
          );
          delete zone[host];
        }
      });
      print(command.optsWithGlobals()['json'], { records: removed }, removed);
    });
}

/** As the gateway keeps it: lower case, no trailing dot. */
const nameOf = (domain: string): string => domain.toLowerCase().replace(/\.$/, '');

async function wantedRecords(domain: string): Promise<readonly WantedRecord[]> {
  const path = `/domains/${encodeURIComponent(nameOf(domain))}/dns-records`;
  return (await operator<{ records: WantedRecord[] }>('GET', path)).records;
}

/**
 * Changes the zone file under a lock, so that two publishers at once keep each other's records; the sandbox always
 * sees a whole file.
 */
async function changeZone(change: (zone: Zone) => void): Promise<void> {
  const file = join(varDirOf(), 'sandbox', 'zone.json');
  if (!existsSync(dirname(varDirOf())))
    throw new CommandFailed(`there is no folder ${varDirOf()}: set EG_VAR`);
  mkdirSync(dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  await takeLock(lock);
  try {
    const zone = existsSync(file) ? parseZone(file) : {};
    change(zone);
    const next = `${file}.${process.pid}.tmp`;
    writeFileSync(next, `${JSON.stringify(zone, null, 2)}\n`);
    renameSync(next, file);
  } finally {
    rmdirSync(lock);
  }
}

async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_LOCK_MS) rmdirSync(lock);
    else await delay(20);
  }
}

function parseZone(file: string): Zone {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Zone;
  } catch {
    throw new CommandFailed(`${file} is not valid JSON: correct it, or delete it`);
  }
}
