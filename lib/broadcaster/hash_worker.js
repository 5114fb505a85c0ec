/**
 * Hashes leaves in a thread of its own: takes a block of bytes, gives the
 * SHA-256 of each 16 KiB of it, 32 bytes a leaf. It is started from its text,
 * which is imported as such, so that it survives bundling and compiling; hence
 * no import of ours, and no types.
 */
import { createHash } from "node:crypto";

const LEAF_BYTES = 16 * 1024;

self.onmessage = ({ data: { id, block } }) => {
  const count = Math.ceil(block.length / LEAF_BYTES);
  const hashes = new Uint8Array(count * 32);
  for (let i = 0; i < count; i++) {
    const leaf = block.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES);
    hashes.set(createHash("sha256").update(leaf).digest(), i * 32);
  }
  self.postMessage({ id, hashes }, [hashes.buffer]);
};
