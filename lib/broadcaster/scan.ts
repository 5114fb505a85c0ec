/**
 * Finds the media files of a folder, those of its folders too, in the order in
 * which a person would list them. Hidden files, sidecars and anything that is
 * no media by its name are passed over; links to files are followed, links to
 * folders are not, since they may lead in a circle.
 *
 * @module
 */
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { BROADCAST_DEPTH_MAX, BROADCAST_FILES_MAX } from "../limits.ts";
import { typeOfName } from "./media_types.ts";

/** Digits by their value: `2.mp3` before `10.mp3`. The same on every machine. */
const ORDER = new Intl.Collator("en", { numeric: true });

/** How far a scan goes. */
export interface ScanOptions {
  /** Files at most. @default {BROADCAST_FILES_MAX} */
  filesMax?: number;
  /** Told of folders within that cannot be read, by their paths. */
  onUnreadable?: (path: string, reason: string) => void;
  /** Stops it. */
  signal?: AbortSignal | undefined;
}

/**
 * Lists the media files of a folder.
 *
 * @returns paths relative to the folder, with `/`, sorted folder by folder
 * @throws AlluviumError `not-found` if there is no such folder, `usage` past
 *   `filesMax`, `storage` if it cannot be read
 * @throws the signal's reason when it aborts
 */
export async function scanFolder(
  folder: string,
  options: ScanOptions = {},
): Promise<string[]> {
  const filesMax = options.filesMax ?? BROADCAST_FILES_MAX;
  const files: string[] = [];
  for await (const path of walk(folder, "", 1, options)) {
    options.signal?.throwIfAborted();
    if (files.push(path) > filesMax) throw tooMany(folder, filesMax);
  }
  return files;
}

async function* walk(
  folder: string,
  prefix: string,
  depth: number,
  options: ScanOptions,
): AsyncGenerator<string> {
  for (const entry of await listed(folder, prefix, options)) {
    const path = prefix + entry.name;
    if (entry.isDirectory) {
      if (depth >= BROADCAST_DEPTH_MAX) continue;
      yield* walk(folder, `${path}/`, depth + 1, options);
    } else if (await isMedia(folder, path, entry)) {
      yield path;
    }
  }
}

/** A folder within that cannot be read is told of and passed over. */
async function listed(
  folder: string,
  prefix: string,
  { onUnreadable }: ScanOptions,
): Promise<Deno.DirEntry[]> {
  try {
    return await list(folder, prefix);
  } catch (error) {
    if (prefix === "" || !onUnreadable) throw error;
    onUnreadable(prefix.slice(0, -1), toAlluviumError(error).message);
    return [];
  }
}

async function list(folder: string, prefix: string): Promise<Deno.DirEntry[]> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(`${folder}/${prefix}`)) {
      if (!entry.name.startsWith(".")) entries.push(entry);
    }
  } catch (cause) {
    throw unreadable(`${folder}/${prefix}`.replace(/\/$/, ""), cause);
  }
  return entries.sort((a, b) =>
    ORDER.compare(a.name, b.name) || (a.name < b.name ? -1 : 1)
  );
}

async function isMedia(
  folder: string,
  path: string,
  entry: Deno.DirEntry,
): Promise<boolean> {
  if (typeOfName(entry.name) === undefined) return false;
  if (!entry.isSymlink) return entry.isFile;
  // A link that leads nowhere is as good as no file.
  const info = await Deno.stat(`${folder}/${path}`).catch(() => undefined);
  return info?.isFile ?? false;
}

function tooMany(folder: string, filesMax: number): AlluviumError {
  return new AlluviumError(
    "usage",
    `Cannot broadcast the folder: wanted at most ${filesMax} media files, got more`,
    { file: folder },
  );
}

function unreadable(folder: string, cause: unknown): AlluviumError {
  const missing = cause instanceof Deno.errors.NotFound ||
    cause instanceof Deno.errors.NotADirectory;
  return new AlluviumError(
    missing ? "not-found" : "storage",
    missing
      ? "Cannot read the folder: there is no such folder"
      : `Cannot read the folder: ${
        cause instanceof Error ? cause.message : String(cause)
      }`,
    { file: folder, cause },
  );
}
