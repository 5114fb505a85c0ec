/**
 * The content id of a file and its `.tree` sidecar. A sidecar that is newer than
 * its file and fits its length is believed, so that a second run over a large
 * folder reads no media at all.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { SIDECAR_SUFFIX, sidecarBytes } from "../hashtree/sidecar.ts";
import { type LeafLayer, rootOfLayer } from "../hashtree/layer.ts";
import type { HashPool } from "./hash_pool.ts";
import { save } from "./save.ts";

/**
 * The tree of a file by its sidecar.
 *
 * @param path the media file's path
 * @param info its state on disk
 * @returns undefined where there is no sidecar, or none that can be of this file
 */
export async function knownTree(
  path: string,
  info: Deno.FileInfo,
): Promise<LeafLayer | undefined> {
  const sidecar = path + SIDECAR_SUFFIX;
  const its = await Deno.stat(sidecar).catch(() => undefined);
  if (info.size < 1 || its?.size !== sidecarBytes(info.size)) return undefined;
  // A file moved into place keeps its old times, but its inode's change time is new.
  const changedMs = Math.max(
    info.mtime?.getTime() ?? Infinity,
    info.ctime?.getTime() ?? 0,
  );
  if ((its.mtime?.getTime() ?? 0) <= changedMs) return undefined;
  const layer = await Deno.readFile(sidecar).catch(() => undefined);
  if (layer?.length !== its.size) return undefined;
  return { layer, root: rootOfLayer(layer, info.size), length: info.size };
}

/** A tree that was made. */
export interface MadeTree extends LeafLayer {
  /** Why its sidecar could not be written. */
  unsaved?: AlluviumError;
}

/**
 * Hashes a file and writes its sidecar. Without a sidecar the file can be played
 * all the same: gateways make one of their own.
 *
 * @param path the media file's path
 * @param size its bytes
 * @param pool does the hashing, several blocks at a time
 * @param onBytes called with the bytes of each block hashed
 * @throws AlluviumError `media-rejected` if the file is empty, `storage` if it
 *   cannot be read
 * @throws the signal's reason when it aborts
 */
export async function makeTree(
  path: string,
  size: number,
  pool: HashPool,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<MadeTree> {
  if (size === 0) {
    throw new AlluviumError(
      "media-rejected",
      "Cannot hash the file: wanted 1 byte or more, got an empty file",
      { file: path },
    );
  }
  const layer = await pool.hash(path, size, { onBytes, signal });
  const root = rootOfLayer(layer, size);
  const tree: MadeTree = { layer, root, length: size };
  try {
    await save(path + SIDECAR_SUFFIX, layer);
  } catch (error) {
    if (!(error instanceof AlluviumError)) throw error;
    tree.unsaved = error;
  }
  return tree;
}
