// @ts-check
import { folders } from './paths.mjs';
import { isAlive, readPidFile } from './process.mjs';
import { progress } from './progress.mjs';
import { endSupervisor } from './shutdown.mjs';
import { stopLeftOvers, supervisorFile } from './stack-files.mjs';

const say = progress();
const places = folders();
const supervisor = readPidFile(supervisorFile(places));
if (supervisor && isAlive(supervisor)) {
  await endSupervisor(supervisor, places, say);
  say('stopped');
} else {
  await stopLeftOvers(places, say);
  say(`nothing is running in ${places.var}`);
}
