/**
 * A file on disk and its tree: reads it once from start to end, and writes the
 * sidecar so that a reader sees the old one or the whole new one, never a part.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import {
  type LeafLayer,
  LeafLayerBuilder,
  SIDECAR_SUFFIX,
} from "../hashtree/mod.ts";

/** Bytes per read: large enough that reading costs little beside hashing. */
const READ_BYTES = 1024 * 1024;

/** What {@linkcode hashFile} may be told. */
export interface HashFileOptions {
  /** Called after each read with the bytes so far and the size at the start. */
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
  options: HashFileOptions = {},
): Promise<LeafLayer> {
  using file = await open(path);
  try {
    const { size, isFile } = await file.stat();
    if (!isFile) throw notAFile(path);
    const builder = new LeafLayerBuilder();
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      options.signal?.throwIfAborted();
      const read = await file.read(buffer);
      if (read === null) return builder.finish();
      builder.write(buffer.subarray(0, read));
      options.onProgress?.(builder.length, Math.max(size, builder.length));
    }
  } catch (error) {
    throw placed(error, path, options.signal);
  }
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

function notAFile(path: string): AlluviumError {
  return new AlluviumError(
    "media-rejected",
    "Cannot hash it: wanted a file, got a folder or a device",
    { file: path },
  );
}

function placed(error: unknown, path: string, signal?: AbortSignal): unknown {
  if (signal?.aborted && error === signal.reason) return error;
  if (error instanceof AlluviumError) {
    return new AlluviumError(error.code, error.message, { file: path });
  }
  return new AlluviumError(
    "storage",
    `Cannot read the file: ${reason(error)}`,
    { file: path, cause: error },
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
