import { crc32, deflateRawSync } from 'node:zlib';

/**
 * A zip archive of these files, with the same bytes for the same files: no times, no owners. Python runs it as a program if it contains
 * a `__main__.py`. Only for small files (below 4 GiB in total).
 *
 * @param method `stored` for an archive that will be compressed as a whole
 */
export function zip(
  files: Readonly<Record<string, string | Buffer>>,
  method: 'deflated' | 'stored' = 'deflated',
): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of Object.entries(files)) {
    const [name, data] = [Buffer.from(path), Buffer.from(content)];
    const packed = method === 'stored' ? data : deflateRawSync(data);
    const head = header(name, data, packed, method);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head.subarray(2), name, packed]);
    directory.push(Buffer.from('PK\x01\x02'), head, entry(offset), name);
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...bodies, central, end(bodies.length, central.length, offset)]);
}

/** The fields shared by the local header and the central directory, starting with the version that made it. */
function header(name: Buffer, data: Buffer, packed: Buffer, method: 'deflated' | 'stored'): Buffer {
  const fields = Buffer.alloc(28);
  // Made by a Unix of version 2.0, readable by 2.0, names in UTF-8.
  fields.writeUInt16LE(0x0314, 0);
  fields.writeUInt16LE(20, 2);
  fields.writeUInt16LE(0x0800, 4);
  fields.writeUInt16LE(method === 'stored' ? 0 : 8, 6);
  // 1 January 1980, midnight: the format's first moment.
  fields.writeUInt16LE(0, 8);
  fields.writeUInt16LE(0x21, 10);
  fields.writeUInt32LE(crc32(data), 12);
  fields.writeUInt32LE(packed.length, 16);
  fields.writeUInt32LE(data.length, 20);
  fields.writeUInt16LE(name.length, 24);
  return fields;
}

/** The rest of an entry of the central directory: a private regular file, at this offset. */
function entry(offset: number): Buffer {
  const fields = Buffer.alloc(14);
  fields.writeUInt32LE(0o100600 * 0x10000, 6);
  fields.writeUInt32LE(offset, 10);
  return fields;
}

function end(count: number, size: number, offset: number): Buffer {
  const fields = Buffer.alloc(22);
  fields.write('PK\x05\x06', 'latin1');
  fields.writeUInt16LE(count, 8);
  fields.writeUInt16LE(count, 10);
  fields.writeUInt32LE(size, 12);
  fields.writeUInt32LE(offset, 16);
  return fields;
}
