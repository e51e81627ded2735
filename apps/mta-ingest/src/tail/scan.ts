import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAccountingName } from './file-names.js';

export interface FoundFile {
  path: string;
  /** Device and inode in decimal: the file behind the name. */
  inode: string;
  /** Bytes on disk. */
  size: number;
  /** Last modification, epoch milliseconds. */
  modifiedAt: number;
}

/**
 * Every accounting file below the folder, oldest first. Folders are read again each time, because network file systems
 * announce nothing. Folders whose name begins with a dot are left alone, like files.
 *
 * @param unreadable told of folders and files that cannot be looked at: one must not keep all others from being read
 * @throws when `folder` itself cannot be read; what disappears while looking is left out.
 */
export async function findFiles(
  folder: string,
  unreadable: (path: string, error: unknown) => void,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    const entries = await (current === folder
      ? readdir(current, { withFileTypes: true })
      : readdir(current, { withFileTypes: true }).catch((error: unknown): [] => {
          if (!isAbsent(error)) unreadable(current, error);
          return [];
        }));
    for (const entry of entries) {
      const path = join(current, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.')) folders.push(path);
      if (!isAccountingName(entry.name) || entry.isDirectory()) continue;
      const file = await findFile(path).catch((error: unknown) => unreadable(path, error));
      if (file) found.push(file);
    }
  }
  return found.sort((a, b) => a.modifiedAt - b.modifiedAt || (a.path < b.path ? -1 : 1));
}

/** The file of that name; undefined when there is none. */
export async function findFile(path: string): Promise<FoundFile | undefined> {
  try {
    // Inodes of some file systems do not fit a double.
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) return undefined;
    const { dev, ino, size, mtimeMs } = stats;
    return { path, inode: `${dev}-${ino}`, size: Number(size), modifiedAt: Number(mtimeMs) };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * Whether the file system, not an engine, is at fault: no permission, a loop of links, a disk that does not answer. That concerns one
 * file or folder.
 */
export function isFileFault(error: unknown): boolean {
  if (!(error instanceof Error) || !('syscall' in error)) return false;
  return FILE_CALLS.has(String(error.syscall)) && 'code' in error && !NETWORK.test(String(error.code));
}

const FILE_CALLS = new Set(['open', 'read', 'stat', 'fstat', 'lstat', 'scandir', 'close']);
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/;

/** Renamed or deleted between two looks. */
export function isAbsent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESTALE';
}
