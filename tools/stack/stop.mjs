// @ts-check
import { folders } from './paths.mjs';
import { isAlive, readPidFile, stopProcess } from './process.mjs';
import { stopLeftOvers, supervisorFile } from './stack-files.mjs';
import { progress } from './progress.mjs';

const say = progress();
const places = folders();
const supervisor = readPidFile(supervisorFile(places));
if (isAlive(supervisor)) {
  const forced = await stopProcess(supervisor, { graceMs: 90_000 });
  if (forced) await stopLeftOvers(places, say);
  say('stopped');
} else {
  await stopLeftOvers(places, say);
  say(`nothing is running in ${places.var}`);
}
