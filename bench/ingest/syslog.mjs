// @ts-check
// The log shippers that other people would take: syslog-ng, which cuts the rows into named cells, and rsyslog, which hands
// the lines on as they are.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * @typedef {object} Shipper
 * @property {string} program found on PATH
 * @property {(job: { file: string, topic: string, brokers: string[], folder: string }) => string[]} args writes its
 *   configuration into the folder
 */

/** @returns {Shipper | string} the shipper, or what to install */
export function syslogNg() {
  const program = onPath('syslog-ng');
  if (program === undefined) return 'apt-get install syslog-ng-core syslog-ng-mod-rdkafka';
  return {
    program,
    args({ file, topic, brokers, folder }) {
      const config = join(folder, 'syslog-ng.conf');
      writeFileSync(
        config,
        `@version: 3.35
options { stats-freq(0); log-msg-size(65536); };
source accounting {
  file("${file}" flags(no-parse) follow-freq(1) log-fetch-limit(1000) log-iw-size(20000));
};
parser cells {
  csv-parser(columns(${columnsOf(file)}) prefix("row.") delimiters(",") dialect(escape-double-char));
};
destination kafka {
  kafka-c(bootstrap-servers("${brokers.join(',')}") topic("${topic}") key("\${row.envId}")
    message("$(format-json --key row.* --shift-levels 1)") log-fifo-size(100000));
};
log { source(accounting); parser(cells); destination(kafka); flags(flow-control); };
`,
      );
      const state = (/** @type {string} */ name) => join(folder, `syslog-ng.${name}`);
      return [
        ...['--foreground', '--no-caps', '--cfgfile', config, '--persist-file', state('persist')],
        ...['--pidfile', state('pid'), '--control', state('ctl')],
      ];
    },
  };
}

/** @returns {Shipper | string} the shipper, or what to install */
export function rsyslog() {
  const program = onPath('rsyslogd');
  const modules = program === undefined ? undefined : modulesOf(program);
  if (program === undefined || modules === undefined) return 'apt-get install rsyslog rsyslog-kafka';
  return {
    program,
    args({ file, topic, brokers, folder }) {
      const config = join(folder, 'rsyslog.conf');
      const work = join(folder, 'rsyslog');
      mkdirSync(work, { recursive: true });
      writeFileSync(
        config,
        `global(workDirectory="${work}" maxMessageSize="64k")
module(load="imfile")
module(load="omkafka")
template(name="line" type="string" string="%msg%")
ruleset(name="out") {
  action(type="omkafka" broker=[${brokers.map((each) => `"${each}"`).join(',')}] topic="${topic}"
    template="line" partitions.auto="on")
}
input(type="imfile" File="${file}" Tag="acct" addMetadata="off" ruleset="out")
`,
      );
      return ['-n', '-f', config, '-i', join(folder, 'rsyslog.pid'), '-M', modules];
    },
  };
}

/** @param {string} name */
function onPath(name) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** rsyslog's modules lie beside it, in Debian below the architecture's name. @param {string} program */
function modulesOf(program) {
  const lib = join(dirname(program), '../lib');
  const folders = ['', ...readdirSync(lib)].map((name) => join(lib, name, 'rsyslog'));
  return folders.find((folder) => existsSync(join(folder, 'omkafka.so')));
}

/** The names in the file's first line, as a list. @param {string} file */
function columnsOf(file) {
  const head = Buffer.alloc(4_096);
  const handle = openSync(file, 'r');
  const length = readSync(handle, head);
  closeSync(handle);
  const [line = ''] = head.toString('utf8', 0, length).split('\r\n', 1);
  return line
    .split(',')
    .map((name) => `"${name}"`)
    .join(', ');
}
