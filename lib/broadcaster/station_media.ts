/**
 * The media of a station with a programme file: the facts of every file in its
 * folder, and what its players' playlists name, as the planner wants them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { AlluviumError } from "../errors.ts";
import type { Library, Station } from "../planner/mod.ts";
import type { Item } from "../playlist/playlist.ts";
import type { Addresses } from "./addresses.ts";
import { playerFiles } from "./player_files.ts";
import {
  type SkippedFile,
  Survey,
  type SurveyedFile,
  type SurveyOptions,
} from "./survey.ts";

/** What there is to play. */
export interface StationMedia {
  files: SurveyedFile[];
  library: Library;
  /** Files that were hashed; the others were known. */
  hashed: number;
  /** What was left out, and why. */
  skipped: SkippedFile[];
  /** Files whose `.tree` could not be written, and why. */
  bare: SkippedFile[];
}

/** Where to look, and what is known. */
export interface StationMediaOptions {
  station: Station;
  /** Absolute. */
  folder: string;
  addresses: Addresses;
  /** Facts of the last run, by path. */
  known: ReadonlyMap<string, Item>;
}

/**
 * Finds out about the media.
 *
 * @throws AlluviumError `not-found` where there are none
 * @throws the signal's reason when it aborts
 */
export async function stationMedia(
  options: StationMediaOptions,
  survey: SurveyOptions,
): Promise<StationMedia> {
  const walk = surveyOf(options, survey);
  const files = await walk.all();
  if (files.length === 0) throw noMedia(options.folder, walk.skipped);
  const fillerPath = fillerAlone(options.station);
  const music = files.filter(({ path }) => path !== fillerPath);
  const tracks = music.map(({ path, item }) => ({
    path,
    durationMs: item.durationMs!,
    ...(item.creator === undefined ? {} : { creator: item.creator }),
  }));
  const { playlists, skipped } = await lists(options);
  return {
    files,
    library: { tracks, playlists },
    hashed: walk.hashed,
    bare: walk.bare,
    skipped: [
      ...walk.skipped,
      ...skipped,
      ...lostFiller(options.station, files, walk.skipped),
    ],
  };
}

/** The filler is no music, unless a block or an event names it. */
function fillerAlone({ filler, blocks, events, fill }: Station) {
  const sources = [...blocks, ...events, ...(fill ? [fill] : [])];
  return sources.some(({ folder }) => folder === filler) ? undefined : filler;
}

function lostFiller(
  { filler }: Station,
  files: readonly SurveyedFile[],
  skipped: readonly SkippedFile[],
): SkippedFile[] {
  if (filler === undefined) return [];
  const isKnown = [...files, ...skipped].some(({ path }) => path === filler);
  return isKnown ? [] : [{
    path: filler,
    reason: "The filler is not there, so gaps are silent",
  }];
}

/** Tells one set of programme file and media from another. */
export function fingerprintOf(
  text: string,
  { tracks, playlists }: Library,
): string {
  return createHash("sha256").update(text)
    .update(JSON.stringify([tracks, [...playlists]])).digest("hex");
}

function surveyOf(
  { folder, addresses, known }: StationMediaOptions,
  options: SurveyOptions,
): Survey {
  const byUrl = new Map(
    [...known].map(([path, item]) => {
      const url = addresses.of(path);
      return [url, { ...item, url }];
    }),
  );
  return new Survey(folder, addresses, byUrl, options);
}

/** Every players' playlist that the programme file names. */
async function lists({ station, folder }: StationMediaOptions) {
  const { blocks, events, fill } = station;
  const sources = [...blocks, ...events, ...(fill ? [fill] : [])];
  const names = new Set(
    sources.map(({ playlist }) => playlist).filter((x) => x !== undefined),
  );
  const playlists = new Map<string, string[]>();
  const skipped: SkippedFile[] = [];
  for (const name of names) {
    const found = await playerFiles(join(folder, name), folder);
    skipped.push(...found.skipped);
    const paths = found.files.flatMap((file) =>
      "path" in file ? [file.path] : []
    );
    playlists.set(name, paths);
  }
  return { playlists, skipped };
}

function noMedia(folder: string, skipped: SkippedFile[]): AlluviumError {
  const [first] = skipped;
  const detail = first
    ? `none of ${skipped.length} can be used; ${first.path}: ${first.reason}`
    : "want media files in it, or in folders of it";
  return new AlluviumError(
    "not-found",
    `Cannot find media to broadcast: ${detail}`,
    { file: folder },
  );
}
