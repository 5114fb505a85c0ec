/**
 * What the operand of `broadcast` names: a folder, a programme file, or a
 * player's playlist.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { isPlayerPlaylist } from "../../broadcaster/mod.ts";

/** A programme file's name, where it is looked for. */
export const PROGRAMME_FILE = "station.toml";

/** What to broadcast. */
export type Target =
  /** All media of a folder, one after the other. */
  | { kind: "folder"; folder: string }
  /** A folder by its programme file. */
  | { kind: "programme"; folder: string; file: string }
  /** The files that a player's playlist names. */
  | { kind: "list"; folder: string; list: string };

/**
 * Says what a path names. With a start, a folder is its files once, whatever
 * programme file is in it.
 */
export async function targetOf(
  path: string,
  hasStart: boolean,
): Promise<Target> {
  const folder = dirname(path);
  if (path.endsWith(".toml")) return { kind: "programme", folder, file: path };
  if (isPlayerPlaylist(path)) return { kind: "list", folder, list: path };
  const file = join(path, PROGRAMME_FILE);
  const has = !hasStart &&
    await Deno.stat(file).then((info) => info.isFile, () => false);
  return has
    ? { kind: "programme", folder: path, file }
    : { kind: "folder", folder: path };
}
