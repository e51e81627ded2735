import { basename, dirname } from 'node:path';

const ACCOUNTING = /^[^.].*\.(csv|jsonl)(\.gz|\.zst)?$/i;

/** `*.csv`, `*.jsonl`, and either with `.gz` or `.zst`. A name that begins with a dot or ends in `.tmp` is somebody's draft. */
export function isAccountingName(name: string): boolean {
  return ACCOUNTING.test(name);
}

/** `csv`: a header line names the columns. `jsonl`: one object a line, which names its own. */
export type Format = 'csv' | 'jsonl';

export function formatOf(path: string): Format {
  return /\.jsonl(\.gz|\.zst)?$/i.test(path) ? 'jsonl' : 'csv';
}

/** The file's name without folder and compression: what stays when an operator moves or compresses it. */
export function stemOf(path: string): string {
  return basename(path).replace(/\.(gz|zst)$/i, '');
}

export interface Sequence {
  /** Everything before the date: one accounting file of the MTA's configuration. */
  base: string;
  /** Date and number, so written that text order is time order. */
  order: string;
}

/** Takes `acct-2024-03-05-0002.csv` apart; undefined for names that PowerMTA did not number. */
export function sequenceOf(path: string): Sequence | undefined {
  const match = /^(.*?)-(\d{4}-\d{2}-\d{2})-(\d+)\.[a-z]+$/i.exec(stemOf(path));
  if (!match) return undefined;
  const [, base = '', date = '', number = ''] = match;
  return { base, order: `${date}-${number.padStart(10, '0')}` };
}

/** The newest number of each base among the paths, by folder: each MTA has one of its own. */
export function newestSequences(paths: Iterable<string>): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  for (const path of paths) {
    const sequence = sequenceOf(path);
    if (!sequence) continue;
    const key = `${dirname(path)}/${sequence.base}`;
    if (sequence.order > (newest.get(key) ?? '')) newest.set(key, sequence.order);
  }
  return newest;
}

/**
 * Whether the MTA writes elsewhere now: a later number of the same base is in the file's folder, or in one above it, as when
 * `move-to` names a folder below that of the live file.
 */
export function isSuperseded(path: string, newest: ReadonlyMap<string, string>): boolean {
  const sequence = sequenceOf(path);
  if (!sequence) return false;
  for (let folder = dirname(path), last = ''; folder !== last; folder = dirname(folder)) {
    if (sequence.order < (newest.get(`${folder}/${sequence.base}`) ?? '')) return true;
    last = folder;
  }
  return false;
}
