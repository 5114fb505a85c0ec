/**
 * `FILE.tree`, the sidecar beside a media file: its leaf layer and nothing else,
 * so that anyone can verify `FILE` without hashing it first. It carries no
 * length and no root; both come from elsewhere (playlist, HTTP), and only with
 * a trusted root does it prove anything.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { HASH_BYTES, leafCount } from "./geometry.ts";
import { sameHash } from "./hash.ts";
import { type LeafLayer, rootOfLayer } from "./layer.ts";

/** What is added to a file's name or URL path. */
export const SIDECAR_SUFFIX = ".tree";

/** Bytes of the sidecar of a file of `length` bytes. */
export function sidecarBytes(length: number): number {
  return leafCount(length) * HASH_BYTES;
}

/**
 * Reads a sidecar.
 *
 * @param bytes the whole sidecar
 * @param length bytes of the media file, 1 or more
 * @param root 32 bytes; the sidecar must give it. Absent: the root is what the
 *   sidecar says, and proves nothing.
 * @throws {AlluviumError} `content-mismatch` if it does not fit the length or
 *   does not give the root
 * @throws {RangeError} if the length is that of no file
 */
export function readSidecar(
  bytes: Uint8Array,
  length: number,
  root?: Uint8Array,
): LeafLayer {
  const wanted = sidecarBytes(length);
  if (bytes.length !== wanted) {
    throw new AlluviumError(
      "content-mismatch",
      `Cannot use the hash tree: wanted ${wanted} bytes for a file of ${length}, got ${bytes.length}`,
    );
  }
  const found = rootOfLayer(bytes, length);
  if (root !== undefined && !sameHash(found, root)) {
    throw new AlluviumError(
      "content-mismatch",
      "Cannot use the hash tree: it belongs to another file",
    );
  }
  return { layer: bytes, root: found, length };
}
