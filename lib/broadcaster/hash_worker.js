/**
 * Hashes files in a thread of its own: takes a path and a run of bytes, gives
 * the SHA-256 of each 16 KiB of it, 32 bytes a leaf. It reads for itself, so that
 * no byte crosses threads, and waits for the disk, since it has nothing else to
 * do. It is started from its text, which is imported as such, so that it survives
 * bundling and compiling; hence no import of ours, and no types.
 */
import { hash as hashOnce } from "node:crypto";

const LEAF_BYTES = 16 * 1024;

let buffer = new Uint8Array();
let open;

function handle(path) {
  if (open?.path !== path) {
    open?.file.close();
    open = undefined;
    open = { path, file: Deno.openSync(path) };
  }
  return open.file;
}

function read(path, offset, length) {
  if (buffer.length < length) buffer = new Uint8Array(length);
  const file = handle(path);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const count = file.readSync(buffer.subarray(at, length));
    if (count === null) {
      throw new RangeError("it became shorter while it was read");
    }
    at += count;
  }
  return buffer.subarray(0, length);
}

function hash(block) {
  const hashes = new Uint8Array(Math.ceil(block.length / LEAF_BYTES) * 32);
  for (let i = 0; i * LEAF_BYTES < block.length; i++) {
    const leaf = block.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES);
    hashes.set(hashOnce("sha256", leaf, "buffer"), i * 32);
  }
  return hashes;
}

self.onmessage = ({ data: { id, path, offset, length } }) => {
  try {
    const hashes = hash(read(path, offset, length));
    self.postMessage({ id, hashes }, [hashes.buffer]);
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};
