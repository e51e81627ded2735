// @ts-check
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINES, engineProcess } from './engines.mjs';
import { folders } from './paths.mjs';
import { isAlive, readPidFile } from './process.mjs';
import { supervisorFile } from './stack-files.mjs';

/** What a run writes, by name: other var folders may be inside this one, and fetched engines stay. */
const WRITTEN = ['run', 'log', 'mta', 'sandbox', 'cache', 'secrets.json', 'demo.json', 'engines.json'];

const places = folders();
if (isAlive(readPidFile(supervisorFile(places))) || ENGINES.some((name) => engineProcess(name, places))) {
  console.error(`the system of ${places.var} is running: stop it first (npm stop)`);
  process.exitCode = 1;
} else {
  for (const name of WRITTEN) rmSync(join(places.var, name), { recursive: true, force: true });
  rmSync(places.data, { recursive: true, force: true });
  console.log(`deleted the data of ${places.var}`);
}
