/**
 * What the last run found out: the playlist that is there. Only its items'
 * facts are used, and only where length and root say the file is the same.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { parsePlaylist } from "../playlist/parse.ts";
import type { Airing } from "../planner/mod.ts";
import type { Item, Playlist } from "../playlist/playlist.ts";
import type { Addresses } from "./addresses.ts";
import type { ProgrammeState } from "./state_file.ts";

/**
 * The playlist that is there; undefined where there is none, or none that can be
 * read.
 *
 * @param file its path
 * @param url its address
 */
export async function previousPlaylist(
  file: string,
  url: string,
): Promise<Playlist | undefined> {
  try {
    const { readable } = await Deno.open(file);
    return await parsePlaylist(readable, url);
  } catch (error) {
    const fine = error instanceof AlluviumError ||
      error instanceof Deno.errors.NotFound;
    if (!fine) throw error;
    return undefined;
  }
}

/**
 * The programme of the playlist that is there, for a station whose memory is
 * lost: what is on the air stays, and facts of files need not be found again.
 * Which block played what is not known.
 *
 * @param file its path
 * @param addresses of the station
 */
export async function previousProgramme(
  file: string,
  addresses: Addresses,
): Promise<ProgrammeState> {
  const start = addresses.of("");
  const airings: Airing[] = [];
  const files = new Map<string, Item>();
  let endMs = -Infinity;
  const playlist = await previousPlaylist(file, addresses.playlist);
  for (const item of playlist?.items ?? []) {
    const path = item.url.startsWith(start)
      ? decoded(item.url.slice(start.length))
      : undefined;
    if (path === undefined) continue;
    files.set(path, item);
    const { startMs, durationMs = 0 } = item;
    if (startMs === undefined) continue;
    airings.push({ startMs, path, by: "" });
    endMs = Math.max(endMs, startMs + durationMs);
  }
  airings.sort((a, b) => a.startMs - b.startMs);
  return { fingerprint: "", past: [], airings, endMs, files };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // No address that we wrote.
  }
}
