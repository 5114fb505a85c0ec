/**
 * What a player's playlist names, as files of a station: only what lies in the
 * station's folder has an address on the web, so the rest is told of and left
 * out; what is on the web already is taken as it is, if the list says how long
 * it plays.
 *
 * @module
 */
import {
  isAbsolute,
  join,
  relative,
  resolve,
  sep as SEPARATOR,
} from "node:path";
import { fileURLToPath } from "node:url";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { BROADCAST_FILES_MAX, PLAYER_PLAYLIST_BYTES_MAX } from "../limits.ts";
import type { Item } from "../playlist/playlist.ts";
import { cleanText } from "../playlist/text.ts";
import { fileNameOf } from "../playlist/urls.ts";
import { typeOfName } from "./media_types.ts";
import { type PlayerEntry, readPlayerPlaylist } from "./player_playlist.ts";
import type { SkippedFile } from "./survey.ts";

/** One entry: a file of the folder, or an item that lies on the web. */
export type PlayerFile = { path: string } | { item: Item };

/** What a list names. */
export interface PlayerFiles {
  /** In the list's order. */
  files: PlayerFile[];
  /** What cannot be used, and why. */
  skipped: SkippedFile[];
}

/**
 * Reads a player's playlist of a folder.
 *
 * @param list its path
 * @param folder the station's folder, absolute
 * @throws AlluviumError `not-found` where it is not there, `playlist-too-large`
 *   past `PLAYER_PLAYLIST_BYTES_MAX` or `BROADCAST_FILES_MAX`, and as
 *   {@linkcode readPlayerPlaylist}
 */
export async function playerFiles(
  list: string,
  folder: string,
): Promise<PlayerFiles> {
  const entries = await readPlayerPlaylist(await contentOf(list), list);
  if (entries.length > BROADCAST_FILES_MAX) {
    throw tooLarge(list, `${BROADCAST_FILES_MAX} entries`);
  }
  const found: PlayerFiles = { files: [], skipped: [] };
  for (const entry of entries) {
    const file = judge(entry, resolve(list, ".."), folder);
    if (typeof file !== "string") found.files.push(file);
    else found.skipped.push({ path: entry.location, reason: file });
  }
  return found;
}

async function contentOf(list: string): Promise<Uint8Array> {
  try {
    const { size } = await Deno.stat(list);
    if (size > PLAYER_PLAYLIST_BYTES_MAX) {
      throw tooLarge(list, `${PLAYER_PLAYLIST_BYTES_MAX} bytes`);
    }
    return await Deno.readFile(list);
  } catch (cause) {
    if (cause instanceof AlluviumError) throw cause;
    throw new AlluviumError(
      "not-found",
      `Cannot read the list: ${toAlluviumError(cause).message}`,
      { file: list, cause },
    );
  }
}

/** The file, or why there is none. */
function judge(
  entry: PlayerEntry,
  home: string,
  folder: string,
): PlayerFile | string {
  const { location } = entry;
  if (/^https?:/i.test(location)) return remote(entry);
  const path = localPath(location, home);
  if (path === undefined) return "Cannot use it: want a file or an http URL";
  const inside = relative(folder, path).split(SEPARATOR).join("/");
  if (inside.startsWith("../") || isAbsolute(inside)) {
    return "Cannot use the file: it lies outside of the station's folder, so it has no address";
  }
  if (typeOfName(inside) === undefined) {
    return "Cannot use the file: it is no media by its name";
  }
  return { path: inside };
}

function localPath(location: string, home: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(location)) {
    // XSPF writes relative references of URLs, M3U paths.
    const path = location.replaceAll("\\", "/");
    return isAbsolute(path) ? path : join(home, path);
  }
  if (!/^file:/i.test(location)) return undefined;
  try {
    return fileURLToPath(location);
  } catch {
    return undefined; // A file URL of another machine.
  }
}

function remote(
  { location, title, durationMs }: PlayerEntry,
): PlayerFile | string {
  const url = URL.parse(location)?.href;
  if (url === undefined) return "Cannot use it: it is not a URL";
  if (durationMs === undefined) {
    return "Cannot use the URL: the list does not say how long it plays";
  }
  const type = typeOfName(new URL(url).pathname);
  return {
    item: {
      url,
      title: cleanText(title ?? "").text || fileNameOf(url),
      durationMs,
      ...(type === undefined ? {} : { type }),
    },
  };
}

function tooLarge(file: string, what: string): AlluviumError {
  return new AlluviumError(
    "playlist-too-large",
    `Cannot read the list: wanted at most ${what}, got more`,
    { file },
  );
}
