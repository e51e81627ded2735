// @ts-check
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/**
 * The members of a zip or jar, with Unix modes: enough for the engines' archives (no zip64, no encryption), so
 * that neither `unzip` nor anything else has to be on the machine.
 * @param {string} path
 * @returns {Iterable<{ name: string, mode: number, content: () => Buffer }>}
 */
export function* zipMembers(path) {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf('PK\x05\x06');
  if (end < 0) throw new Error(`${path} is not a zip file`);
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    if (bytes.readUInt32LE(at) !== 0x02014b50) throw new Error(`${path} is damaged`);
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const mode = (bytes.readUInt32LE(at + 38) >>> 16) & 0o777;
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + Number(nameLength));
    yield {
      name,
      mode,
      content: () => {
        const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
        const data = bytes.subarray(from, from + packed);
        return method === 0 ? data : inflateRawSync(data);
      },
    };
    at += 46 + Number(nameLength) + Number(extra) + Number(comment);
  }
}

/**
 * Unpack into a folder.
 * @param {string} archive
 * @param {string} into
 */
export function unzip(archive, into) {
  for (const member of zipMembers(archive)) {
    const target = join(into, member.name);
    if (!target.startsWith(join(into, '/')))
      throw new Error(`${archive} names ${member.name}, outside its folder`);
    if (member.name.endsWith('/')) {
      mkdirSync(target, { recursive: true });
    } else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, member.content());
      if (member.mode) chmodSync(target, member.mode | 0o444);
    }
  }
}
