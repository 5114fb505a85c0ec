/**
 * What the Broadcaster remembers of a station with a programme file: what has
 * been aired by which block, and the facts of every file. A hidden file beside
 * the playlist; without it the programme begins anew, after what the playlist
 * has on the air.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { Airing } from "../planner/mod.ts";
import type { Item } from "../playlist/playlist.ts";
import { saveIfChanged } from "./save.ts";

/** Its name. */
const NAME = ".alluvium-programme.json";
const VERSION = 1;

/** What is remembered. */
export interface ProgrammeState {
  /** Tells one set of programme file and media from another. */
  fingerprint: string;
  /** What was aired before the playlist begins, as far as it still counts. */
  past: Airing[];
  /** What the playlist holds. */
  airings: Airing[];
  /** Where that ends, in ms since the epoch. */
  endMs: number;
  /** Facts of files by their paths, those on the air included. */
  files: Map<string, Item>;
}

/** Reads what is remembered for a playlist; undefined where nothing is, or nothing that can be read. */
export async function loadState(
  output: string,
): Promise<ProgrammeState | undefined> {
  try {
    const text = await Deno.readTextFile(pathOf(output));
    const { version, files, ...rest } = JSON.parse(text);
    if (version !== VERSION) return undefined;
    return { ...rest, files: new Map(files) };
  } catch {
    return undefined; // It is a memory, not a source: it can be done without.
  }
}

/**
 * Remembers.
 *
 * @throws AlluviumError `storage` if it cannot be written
 */
export async function saveState(
  output: string,
  state: ProgrammeState,
): Promise<void> {
  const { files, ...rest } = state;
  const text = JSON.stringify({ version: VERSION, ...rest, files: [...files] });
  await saveIfChanged(pathOf(output), new TextEncoder().encode(text));
}

function pathOf(output: string): string {
  return join(dirname(output), NAME);
}
