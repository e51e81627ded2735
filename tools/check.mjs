// @ts-check
// `npm run check`: everything that can be said about the code without running it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './stack/command.mjs';
import { ensureInstalled, projectNode } from './stack/install.mjs';
import { ROOT } from './stack/paths.mjs';
import { progress } from './stack/progress.mjs';

/** How many run at the same time: the compiler and the linter each fill a core. */
const AT_ONCE = 2;

const say = progress();
await ensureInstalled(say);

const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules/.bin', name);
/** @type {[name: string, command: string, args: string[]][]} */
const CHECKS = [
  ['types', projectNode(), [bin('tsc'), '-p', 'tsconfig.json', '--noEmit']],
  ['lint', projectNode(), [bin('oxlint'), 'apps', 'libs', 'tools', 'test', 'bench']],
  ['imports', projectNode(), [bin('depcruise'), 'apps', 'libs', 'tools', 'bench']],
  ['format', projectNode(), [bin('prettier'), '--check', '.']],
  ...(existsSync(join(ROOT, 'tools/gen.mjs'))
    ? [
        /** @type {[string, string, string[]]} */ ([
          'generated files',
          projectNode(),
          ['tools/gen.mjs', '--check'],
        ]),
      ]
    : []),
];

const waiting = [...CHECKS];
let failed = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const [name, command, args] = check;
      const { code, output } = await run(command, args, { cwd: ROOT });
      if (code === 0) say(`${name}: right`);
      else {
        failed += 1;
        say(`${name}: FAILED\n${output.trim()}`);
      }
    }
  }),
);
say(failed === 0 ? 'all checks passed' : `${failed} of ${CHECKS.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
