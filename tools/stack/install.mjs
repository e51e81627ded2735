// @ts-check
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { ROOT } from './paths.mjs';
import { StackError, withLock } from './process.mjs';

const NODE_BIN = join(ROOT, 'node_modules/.bin/node');
const DIST = join(ROOT, 'dist');

/**
 * The Node that everything but these start scripts runs on: the one that `npm ci` brings, or our own when it is
 * new enough.
 * @returns {string}
 */
export function projectNode() {
  if (existsSync(NODE_BIN)) return NODE_BIN;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (Number(major) > 24 || (major === 24 && Number(minor) >= 9)) return process.execPath;
  throw new StackError('Node 24.9 or newer is needed and the packaged one is not installed: run npm ci');
}

/**
 * For a script that runs the built code in its own process: starts it again on the project's Node when this one is
 * older, and ends as that does.
 * @param {string} url the script's `import.meta.url`
 */
export function continueOnProjectNode(url) {
  const node = projectNode();
  if (node === process.execPath || Number(process.versions.node.split('.')[0]) >= 24) return;
  const { status } = spawnSync(node, [fileURLToPath(url), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

/**
 * Install packages and build, each only when needed. Several commands of one checkout wait for each other.
 * @param {(line: string) => void} say
 */
export async function ensureBuilt(say) {
  await ensureInstalled(say);
  if (!isBuildStale()) return;
  await underLock(say, async () => {
    if (isBuildStale()) await build(say);
  });
}

/** @param {(line: string) => void} say */
export async function ensureInstalled(say) {
  if (!isInstallStale()) return;
  await underLock(say, async () => {
    if (!isInstallStale()) return;
    say('installing packages (npm ci)');
    const ticker = setInterval(() => say('installing packages …'), 10_000);
    const result = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOT });
    clearInterval(ticker);
    if (result.code === 127) throw new StackError('npm is missing: install Node.js with npm');
    if (result.code !== 0) throw new StackError(`npm ci failed:\n${result.output.trim()}`);
    say('packages installed');
  });
}

/**
 * @param {(line: string) => void} say
 * @param {() => Promise<void>} work
 */
async function underLock(say, work) {
  await withLock(join(ROOT, 'var/install.lock'), work, (owner) => {
    say(`waiting for process ${owner.pid}, which is installing or building this checkout`);
  });
}

/**
 * Whether node_modules is not what package-lock.json says: npm's own record of what it installed is compared, so
 * an `npm install` done by hand counts, and an interrupted one doesn't.
 */
export function isInstallStale() {
  try {
    const wanted = packagesOf(join(ROOT, 'package-lock.json'));
    const found = packagesOf(join(ROOT, 'node_modules/.package-lock.json'));
    for (const [place, entry] of Object.entries(wanted)) {
      if (place === '') continue;
      const other = found[place];
      if (other ? other.integrity !== entry.integrity || other.version !== entry.version : !entry.optional)
        return true;
    }
    return Object.keys(found).some((place) => !(place in wanted));
  } catch {
    return true;
  }
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

function isBuildStale() {
  try {
    return readFileSync(join(DIST, '.stamp'), 'utf8') !== sourceStamp();
  } catch {
    return true;
  }
}

/** A digest of the names, sizes and times of everything that the build reads. */
function sourceStamp() {
  const hash = createHash('sha256');
  for (const folder of ['apps', 'libs', 'tools/sandbox']) {
    if (!existsSync(join(ROOT, folder))) continue;
    const names = /** @type {string[]} */ (readdirSync(join(ROOT, folder), { recursive: true })).sort();
    for (const name of names)
      if (name.endsWith('.ts') && !name.endsWith('.spec.ts')) stampOf(join(folder, name));
  }
  for (const name of ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) stampOf(name);
  return hash.digest('hex');

  /** @param {string} path */
  function stampOf(path) {
    const { size, mtimeMs } = statSync(join(ROOT, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
}

/**
 * Build beside the old output and put it in its place in one step: programs that run keep what they loaded, and
 * a build that fails changes nothing.
 * @param {(line: string) => void} say
 */
async function build(say) {
  say('building');
  const stamp = sourceStamp();
  const fresh = join(ROOT, 'node_modules/.cache/dist.new');
  const old = join(ROOT, 'node_modules/.cache/dist.old');
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const flags = [
    '-p',
    'tsconfig.build.json',
    '--outDir',
    fresh,
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
  ];
  const result = await run(projectNode(), [compiler, ...flags], { cwd: ROOT });
  if (result.code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new StackError(`the build failed:\n${result.output.trim()}`);
  }
  writeFileSync(join(fresh, '.stamp'), stamp);
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(fresh, DIST);
  rmSync(old, { recursive: true, force: true });
  say('built');
}
