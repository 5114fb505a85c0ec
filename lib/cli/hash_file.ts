/**
 * A file on disk and its tree: reads it once, on all cores, and writes the
 * sidecar so that a reader sees the old one or the whole new one, never a part.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import {
  type LeafLayer,
  rootOfLayer,
  SIDECAR_SUFFIX,
} from "../hashtree/mod.ts";
import { HashPool } from "../broadcaster/hash_pool.ts";

/** What {@linkcode hashFile} may be told. */
export interface HashFileOptions {
  /** Called after each block with the bytes so far and the size at the start. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the reading; its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Hashes a file.
 *
 * @throws {AlluviumError} `not-found` if it cannot be opened, `media-rejected` if
 *   it is empty or no file, `storage` if reading fails
 */
export async function hashFile(
  path: string,
  { onProgress, signal }: HashFileOptions = {},
): Promise<LeafLayer> {
  using file = await open(path);
  const { size, isFile } = await file.stat();
  if (!isFile) throw notAFile(path, "a folder or a device");
  if (size === 0) throw notAFile(path, "an empty one");
  using pool = new HashPool();
  let done = 0;
  const onBytes = (bytes: number) => onProgress?.(done += bytes, size);
  const layer = await pool.hash(path, size, { onBytes, signal });
  return { layer, root: rootOfLayer(layer, size), length: size };
}

/**
 * Writes `PATH.tree`.
 *
 * @returns the sidecar's path
 * @throws {AlluviumError} `storage` if it cannot be written
 */
export async function writeSidecar(
  path: string,
  tree: LeafLayer,
): Promise<string> {
  const sidecar = path + SIDECAR_SUFFIX;
  const draft = `${sidecar}.${Deno.pid}.part`;
  try {
    using file = await Deno.open(draft, {
      write: true,
      create: true,
      truncate: true,
    });
    for (let at = 0; at < tree.layer.length;) {
      at += await file.write(tree.layer.subarray(at));
    }
    await file.sync();
    await Deno.rename(draft, sidecar);
    return sidecar;
  } catch (error) {
    await Deno.remove(draft).catch(() => {}); // It may not even exist.
    throw new AlluviumError(
      "storage",
      `Cannot write the hash tree: ${reason(error)}`,
      { file: sidecar, cause: error },
    );
  }
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    throw new AlluviumError(
      "not-found",
      `Cannot open the file: ${reason(error)}`,
      { file: path, cause: error },
    );
  }
}

function notAFile(path: string, what: string): AlluviumError {
  return new AlluviumError(
    "media-rejected",
    `Cannot hash it: wanted a file, got ${what}`,
    { file: path },
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
