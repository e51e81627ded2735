// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endCommands } from './command.mjs';
import { elasticsearchNode } from './elasticsearch.mjs';
import { readPidFile, signalProcess } from './process.mjs';

/**
 * SIGKILL for everything of a var folder, at once; for a person who can't wait.
 * @param {import('./paths.mjs').Folders} places
 */
export function killEverything(places) {
  endCommands();
  const names = existsSync(places.run) ? readdirSync(places.run) : [];
  for (const name of names.filter((file) => file.endsWith('.pid'))) {
    const id = readPidFile(join(places.run, name));
    if (id && id.pid !== process.pid) signalProcess(id, 'SIGKILL');
  }
  const node = elasticsearchNode(places);
  if (node) signalProcess(node, 'SIGKILL');
}
