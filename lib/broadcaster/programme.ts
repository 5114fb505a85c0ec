/**
 * The Broadcaster with a programme file: keeps a rolling horizon of programme in
 * the playlist. What is on the air and next it never changes unless told to,
 * and where neither the file nor the media changed it only adds at the end.
 *
 * What plays when is the planner's, what stays is `horizon.ts`'s, finding out
 * about the media the survey's.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { AlluviumError } from "../errors.ts";
import {
  type Airing,
  compacted,
  type Library,
  type PlanProblem,
  planProgramme,
  readStation,
  type Station,
} from "../planner/mod.ts";
import type { Item, Playlist } from "../playlist/playlist.ts";
import { cleanText } from "../playlist/text.ts";
import { formatTime } from "../playlist/w3cdtf.ts";
import { writePlaylist } from "../playlist/write.ts";
import { type Addresses, addressesOf, gatewayUrls } from "./addresses.ts";
import { keep, type LaidOut } from "./horizon.ts";
import { playerFiles } from "./player_files.ts";
import { previousItems } from "./previous.ts";
import { saveIfChanged } from "./save.ts";
import { scanFolder } from "./scan.ts";
import { loadState, type ProgrammeState, saveState } from "./state_file.ts";
import {
  type SkippedFile,
  Survey,
  type SurveyedFile,
  type SurveyProgress,
} from "./survey.ts";

/** What to make a programme of, and how. */
export interface ProgrammeRunOptions {
  /** The programme file's path; its folder is the station's. */
  file: string;
  /** The playlist's path. @default {`playlist.rss` in the file's folder} */
  output?: string;
  /** Instead of the file's `base-url`. */
  baseUrl?: string;
  /** Instead of the file's `gateways`, where there are any. */
  gateways?: string[];
  /** Instead of the file's `title`. */
  title?: string;
  /** The time, in ms since the epoch. */
  nowMs: number;
  /** Change what is on the air and next as well. @default {false} */
  changeAll?: boolean;
  /** Called before each file and as its bytes are read. */
  onProgress?: (progress: SurveyProgress) => void;
  /** Stops the work; what was hashed so far is kept. */
  signal?: AbortSignal;
}

/** What became of it. */
export interface ProgrammeRunResult {
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
  /** What could not be laid out as the file says. */
  problems: PlanProblem[];
  /** Items that stayed from the last run. */
  kept: number;
  /** Where the programme ends for now, in ms since the epoch. */
  endMs: number;
}

const DAY_MS = 24 * 3_600_000;

/**
 * Lays out the programme of a station and writes its playlist.
 *
 * @throws AlluviumError `programme-file` for what is wrong in the file,
 *   `not-found` without file or media, `usage` for a wrong address, `storage`
 *   where nothing can be written
 * @throws the signal's reason when it aborts
 */
export async function runProgramme(
  options: ProgrammeRunOptions,
): Promise<ProgrammeRunResult> {
  return await new ProgrammeRun(options).run();
}

class ProgrammeRun {
  readonly file: string;
  readonly folder: string;
  readonly output: string;
  station!: Station;
  addresses!: Addresses;

  constructor(readonly options: ProgrammeRunOptions) {
    this.file = resolve(options.file);
    this.folder = dirname(this.file);
    this.output = resolve(
      options.output ?? join(this.folder, "playlist.rss"),
    );
  }

  async run(): Promise<ProgrammeRunResult> {
    const text = await textOf(this.file);
    this.station = readStation(text, this.file);
    this.addresses = addressesOf(
      this.folder,
      this.output,
      this.options.baseUrl ?? this.station.baseUrl,
    );
    const state = await loadState(this.output) ?? await this.#fromPlaylist();
    const survey = await this.#survey(state);
    const { library, skipped } = await this.#library(survey.files);
    const fingerprint = fingerprintOf(text, library);
    const before = this.#kept(state, fingerprint, survey.files);
    const plan = this.#plan(library, state.past, before);
    const all = [...before.airings, ...plan.airings];
    const next = this.#trimmed(
      { ...state, fingerprint, airings: all, endMs: plan.endMs },
      survey.files,
    );
    const playlist = this.#playlist(next);
    // First what is remembered: from that the same playlist can be made again.
    await saveState(this.output, next);
    const written = await this.#write(playlist);
    return {
      file: this.output,
      playlist,
      written,
      hashed: survey.hashed,
      skipped: [...survey.skipped, ...skipped],
      problems: plan.problems,
      kept: before.airings.length,
      endMs: plan.endMs,
    };
  }

  /** Without a memory, what is on the air can be told from the playlist. */
  async #fromPlaylist(): Promise<ProgrammeState> {
    const known = await previousItems(this.output, this.addresses.playlist);
    const start = this.addresses.of("");
    const files = new Map<string, Item>();
    for (const [url, item] of known) {
      if (url.startsWith(start)) {
        files.set(decodeURIComponent(url.slice(start.length)), item);
      }
    }
    return { fingerprint: "", past: [], airings: [], endMs: -Infinity, files };
  }

  async #survey(state: ProgrammeState) {
    const { signal, onProgress } = this.options;
    const paths = await scanFolder(this.folder, { signal });
    const known = new Map(
      [...state.files].map(([path, item]) => {
        const url = this.addresses.of(path);
        return [url, { ...item, url }];
      }),
    );
    const survey = new Survey(this.folder, this.addresses, known, {
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
    const files = await survey.files(paths);
    if (files.length === 0) throw noMedia(this.folder, survey.skipped);
    return { files, hashed: survey.hashed, skipped: survey.skipped };
  }

  async #library(
    files: readonly SurveyedFile[],
  ): Promise<{ library: Library; skipped: SkippedFile[] }> {
    const { blocks, events, fill } = this.station;
    const lists = new Set(
      [...blocks, ...events, ...(fill ? [fill] : [])]
        .map(({ playlist }) => playlist).filter((x) => x !== undefined),
    );
    const playlists = new Map<string, string[]>();
    const skipped: SkippedFile[] = [];
    for (const list of lists) {
      const found = await playerFiles(join(this.folder, list), this.folder);
      skipped.push(...found.skipped);
      playlists.set(
        list,
        found.files.flatMap((file) => "path" in file ? [file.path] : []),
      );
    }
    const tracks = files.map(({ path, item }) => ({
      path,
      durationMs: item.durationMs!,
      ...(item.creator === undefined ? {} : { creator: item.creator }),
    }));
    return { library: { tracks, playlists }, skipped };
  }

  #kept(
    state: ProgrammeState,
    fingerprint: string,
    files: readonly SurveyedFile[],
  ): LaidOut {
    const { nowMs, changeAll = false } = this.options;
    const lengths = new Map(
      files.map(({ path, item }) => [path, item.durationMs]),
    );
    return keep(state, {
      nowMs,
      isSame: fingerprint === state.fingerprint,
      // A listener reads twice within two intervals.
      toldMs: 2 * this.station.refreshSeconds * 1000,
      changeAll,
      durationOf: (path) =>
        lengths.get(path) ?? state.files.get(path)?.durationMs,
    });
  }

  #plan(library: Library, past: readonly Airing[], before: LaidOut) {
    const { nowMs } = this.options;
    const { startMs = -Infinity, horizonDays } = this.station;
    const wholeMs = Math.ceil(nowMs / 1000) * 1000;
    // A programme that ran dry goes on now; one that never was begins now.
    const fromMs = Math.max(before.endMs, wholeMs, startMs);
    const resumes = before.endMs >= nowMs;
    return planProgramme({
      station: this.station,
      library,
      aired: [...past, ...before.airings],
      fromMs: resumes ? Math.max(before.endMs, startMs) : fromMs,
      untilMs: nowMs + horizonDays * DAY_MS,
    });
  }

  /** Lets go of what is long over, and of the facts of files that are gone. */
  #trimmed(
    state: ProgrammeState,
    files: readonly SurveyedFile[],
  ): ProgrammeState {
    const sinceMs = this.options.nowMs - this.station.keepDays * DAY_MS;
    // The one that is on began before what comes next.
    const first = state.airings.findIndex((_, i, all) =>
      (all[i + 1]?.startMs ?? Infinity) > sinceMs
    );
    const from = Math.max(0, first);
    const airings = state.airings.slice(from);
    const past = compacted([...state.past, ...state.airings.slice(0, from)]);
    const facts = new Map(files.map(({ path, item }) => [path, item]));
    for (const { path } of airings) {
      const item = facts.get(path) ?? state.files.get(path);
      if (item) facts.set(path, item);
    }
    return { ...state, airings, past, files: facts };
  }

  #playlist(state: ProgrammeState): Playlist {
    const { station, addresses, options } = this;
    const items = state.airings.flatMap(({ startMs, path }) => {
      const facts = state.files.get(path);
      if (!facts) return [];
      const url = addresses.of(path);
      const about = `${url}#${formatTime(startMs)}`;
      return [{ ...facts, url, startMs, about }];
    });
    const title = cleanText(options.title ?? station.title ?? "").text ||
      basename(this.folder) || "A station";
    const gateways = options.gateways?.length
      ? options.gateways
      : station.gateways;
    return {
      url: addresses.playlist,
      kind: "scheduled",
      title,
      ...(station.link === undefined ? {} : { link: station.link }),
      description: station.description ?? title,
      gateways: gatewayUrls(gateways),
      anchorMs: 0,
      updateIntervalMs: station.refreshSeconds * 1000,
      items,
      problems: [],
    };
  }

  #write(playlist: Playlist): Promise<boolean> {
    const { relative } = this.addresses;
    const document = writePlaylist(playlist, { relative });
    return saveIfChanged(this.output, new TextEncoder().encode(document));
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    throw new AlluviumError(
      "not-found",
      "Cannot read the programme file: there is none; alluvium broadcast --init FOLDER writes one",
      { file, cause },
    );
  }
}

function fingerprintOf(text: string, { tracks, playlists }: Library): string {
  return createHash("sha256").update(text)
    .update(JSON.stringify([tracks, [...playlists]])).digest("hex");
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
