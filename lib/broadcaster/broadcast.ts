/**
 * The Broadcaster: a folder of media becomes a station. Every file gets its
 * content id and its `.tree`, and one playlist tells when each plays. Files that
 * cannot be used are left out and told of; what has not changed since the last
 * run is neither read nor written again.
 *
 * When what plays, it leaves to `layout.ts`; serving the folder to any web
 * server.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import { AlluviumError } from "../errors.ts";
import type { Item, Playlist } from "../playlist/playlist.ts";
import { cleanText } from "../playlist/text.ts";
import { addressesOf, gatewayUrls } from "./addresses.ts";
import { layOut } from "./layout.ts";
import { playerFiles } from "./player_files.ts";
import { previousPlaylist } from "./previous.ts";
import { anchorFor } from "./rotation.ts";
import { playlistBytes, saveIfChanged } from "./save.ts";
import { type SkippedFile, Survey, type SurveyProgress } from "./survey.ts";

/** What to make a station of, and how. */
export interface BroadcastOptions {
  /** The media folder's path. */
  folder: string;
  /**
   * A player's playlist (M3U, PLS, XSPF): its files in its order, instead of all
   * files of the folder in theirs.
   */
  list?: string;
  /** The playlist's path. @default {`FOLDER/playlist.rss`} */
  output?: string;
  /**
   * The folder's address on the web. Absent: the playlist is written with
   * relative addresses and works wherever the folder is served.
   */
  baseUrl?: string;
  /** Addresses of the station's gateways. @default {[]} */
  gateways?: string[];
  /** When the first file plays, in ms since the epoch. Absent: a rotation. */
  startMs?: number;
  /**
   * What time it is, in ms since the epoch: when a rotation changes, what is on
   * then stays at its place. @default {() => 0}
   */
  now?: () => number;
  /** The station's title. @default {the folder's name} */
  title?: string;
  /** Called before each file and as its bytes are read. */
  onProgress?: (progress: SurveyProgress) => void;
  /** Stops the work; what was hashed so far is kept. */
  signal?: AbortSignal;
}

/** What became of a folder. */
export interface BroadcastResult {
  /** The playlist's path. */
  file: string;
  /** What stands in it. */
  playlist: Playlist;
  /** False where the playlist was there already, byte for byte. */
  written: boolean;
  /** Files that were hashed; the others were known. */
  hashed: number;
  /** Files that were left out, and why. */
  skipped: SkippedFile[];
  /** Files whose `.tree` could not be written, and why. */
  bare: SkippedFile[];
}

/**
 * Makes a station of a folder: writes `playlist.rss`, and `FILE.tree` beside
 * each media file.
 *
 * @throws AlluviumError `not-found` without folder or media, `usage` for a wrong
 *   base URL or gateway, or too many files, `storage` where nothing can be written
 * @throws the signal's reason when it aborts
 */
export async function broadcastFolder(
  options: BroadcastOptions,
): Promise<BroadcastResult> {
  const folder = resolve(options.folder);
  const file = resolve(options.output ?? join(folder, "playlist.rss"));
  const addresses = addressesOf(folder, file, options.baseUrl);
  const gateways = gatewayUrls(options.gateways ?? []);
  const before = await previousPlaylist(file, addresses.playlist);
  const known = new Map(before?.items.map((item) => [item.url, item]));
  const survey = new Survey(folder, addresses, known, options);
  const items = options.list === undefined
    ? (await survey.all()).map(({ item }) => item)
    : await listed(resolve(options.list), folder, survey);
  if (items.length === 0) throw nothing(folder, survey.skipped);
  const url = addresses.playlist;
  const title = titleOf(options.title, folder);
  const { startMs } = options;
  const playlist = layOut({
    url,
    title,
    gateways,
    ...(startMs === undefined
      ? { anchorMs: anchorFor(before, items, options.now?.() ?? 0) }
      : { startMs }),
  }, items);
  const { relative } = addresses;
  const written = await saveIfChanged(file, playlistBytes(playlist, relative));
  const { hashed, skipped, bare } = survey;
  return { file, playlist, written, hashed, skipped, bare };
}

/** In the list's order; a file that it names twice plays twice and is read once. */
async function listed(
  list: string,
  folder: string,
  survey: Survey,
): Promise<Item[]> {
  const { files, skipped } = await playerFiles(list, folder);
  const paths = files.flatMap((file) => "path" in file ? [file.path] : []);
  const surveyed = await survey.files([...new Set(paths)]);
  survey.skipped.push(...skipped);
  const byPath = new Map(surveyed.map(({ path, item }) => [path, item]));
  return files.map((file) => "item" in file ? file.item : byPath.get(file.path))
    .filter((item) => item !== undefined);
}

function titleOf(given: string | undefined, folder: string): string {
  return cleanText(given ?? "").text || basename(folder) || "A station";
}

function nothing(folder: string, skipped: SkippedFile[]): AlluviumError {
  const first = skipped[0];
  const detail = first
    ? `none of ${skipped.length} can be used; ${first.path}: ${first.reason}`
    : "want MP3, AAC, M4A, Ogg, FLAC, WebM, MP4 or MPEG-TS files in it, or in folders of it";
  return new AlluviumError(
    "not-found",
    `Cannot find media to broadcast: ${detail}`,
    { file: folder },
  );
}
