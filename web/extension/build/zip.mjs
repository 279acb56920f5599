/** A zip file of a folder, the same octets for the same files whenever it is made (APPNOTE.TXT 6.3). */

import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

/** The first of January 1980, in the words of DOS. */
const DATE = (1 << 5) | 1;
const DEFLATE = 8;
const UTF8_NAMES = 1 << 11;
const VERSION = 20;

/**
 * Packs every file of a folder.
 *
 * @param {string} folder
 * @returns {Buffer}
 */
export function zip(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const files = [];
  const directory = [];
  let offset = 0;
  for (const path of entries) {
    const name = Buffer.from(path.slice(folder.length + 1).replaceAll(sep, "/"));
    const content = readFileSync(path);
    const packed = deflateRawSync(content, { level: 9 });
    const about = header(name, content, packed);
    const local = Buffer.concat([signature(0x04034b50), u16(VERSION), about, u16(0), name, packed]);
    const made = [signature(0x02014b50), u16(VERSION), u16(VERSION), about];
    // No extra field, comment, disk number or attributes.
    directory.push(...made, Buffer.alloc(2 + 2 + 2 + 2 + 4), u32(offset), name);
    files.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const count = u16(entries.length);
  const end = [signature(0x06054b50), u16(0), u16(0), count, count, u32(listing.length)];
  return Buffer.concat([...files, listing, ...end, u32(offset), u16(0)]);
}

/** What the local and the central header have in common, up to the length of the name. */
function header(name, content, packed) {
  const sizes = [u32(crc32(content)), u32(packed.length), u32(content.length), u16(name.length)];
  return Buffer.concat([u16(UTF8_NAMES), u16(DEFLATE), u16(0), u16(DATE), ...sizes]);
}

function signature(value) {
  return u32(value);
}

function u16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
