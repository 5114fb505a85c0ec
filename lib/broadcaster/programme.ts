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
import { basename, dirname, join, resolve } from "node:path";
import { AlluviumError } from "../errors.ts";
import {
  type Airing,
  type Library,
  type Plan,
  type PlanProblem,
  planProgramme,
  readStation,
  type Station,
} from "../planner/mod.ts";
import type { Playlist } from "../playlist/playlist.ts";
import { cleanText } from "../playlist/text.ts";
import { type Addresses, addressesOf, gatewayUrls } from "./addresses.ts";
import { keep, type LaidOut } from "./horizon.ts";
import { previousProgramme } from "./previous.ts";
import { playlistBytes, saveIfChanged } from "./save.ts";
import { loadState, type ProgrammeState, saveState } from "./state_file.ts";
import {
  fingerprintOf,
  type StationMedia,
  stationMedia,
} from "./station_media.ts";
import { keptSince, stationPlaylist, trimmed } from "./station_playlist.ts";
import type { SkippedFile, SurveyedFile, SurveyProgress } from "./survey.ts";

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
  /** Files whose `.tree` could not be written, and why. */
  bare: SkippedFile[];
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
    const state = await loadState(this.output) ??
      await previousProgramme(this.output, this.addresses);
    const media = await this.#media(state);
    const fingerprint = fingerprintOf(text, media.library);
    const before = this.#kept(state, fingerprint, media.files);
    const plan = this.#plan(media.library, state.past, before);
    if (fingerprint !== state.fingerprint) this.#assertSound(plan);
    const airings = [...before.airings, ...plan.airings];
    const next = trimmed(
      { ...state, fingerprint, airings, endMs: plan.endMs },
      media.files,
      keptSince(this.station, this.options.nowMs),
    );
    const playlist = this.#playlist(next);
    // First what is remembered: from that the same playlist can be made again.
    await saveState(this.output, next);
    return {
      file: this.output,
      playlist,
      written: await this.#write(playlist),
      hashed: media.hashed,
      skipped: media.skipped,
      bare: media.bare,
      problems: plan.problems,
      kept: before.airings.length,
      endMs: plan.endMs,
    };
  }

  #media(state: ProgrammeState): Promise<StationMedia> {
    const { signal, onProgress } = this.options;
    const { station, folder, addresses } = this;
    return stationMedia({ station, folder, addresses, known: state.files }, {
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
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

  #plan(library: Library, past: readonly Airing[], before: LaidOut): Plan {
    const { nowMs } = this.options;
    const { startMs = -Infinity, horizonDays } = this.station;
    // A programme that ran dry, or never was, begins now.
    const isDry = before.endMs < nowMs;
    const goesOnMs = isDry ? Math.ceil(nowMs / 1000) * 1000 : before.endMs;
    try {
      return planProgramme({
        station: this.station,
        library,
        aired: [...past, ...before.airings],
        fromMs: Math.max(goesOnMs, startMs),
        untilMs: nowMs + horizonDays * DAY_MS,
      });
    } catch (error) {
      throw inFile(error, this.file);
    }
  }

  /** A folder that was moved, or a name that was mistyped, must not silence a station. */
  #assertSound({ airings, problems }: Plan): void {
    const empty = problems.find(({ code }) => code === "empty-source");
    if (airings.length > 0 || !empty) return;
    throw new AlluviumError(
      "programme-file",
      `Cannot lay out the programme, as nothing would play: ${empty.message}`,
      { file: this.file },
    );
  }

  #playlist(state: ProgrammeState): Playlist {
    const { station, addresses, options } = this;
    const title = cleanText(options.title ?? station.title ?? "").text ||
      basename(this.folder) || "A station";
    const gateways = options.gateways?.length
      ? options.gateways
      : station.gateways;
    return stationPlaylist(
      { station, addresses, title, gateways: gatewayUrls(gateways) },
      state,
    );
  }

  #write(playlist: Playlist): Promise<boolean> {
    const { relative } = this.addresses;
    return saveIfChanged(this.output, playlistBytes(playlist, relative));
  }
}

/** Names the file in an error about it that the planner threw. */
function inFile(error: unknown, file: string): unknown {
  const isBare = error instanceof AlluviumError &&
    error.code === "programme-file" && error.place.file === undefined;
  return isBare
    ? new AlluviumError(error.code, error.message, { ...error.place, file })
    : error;
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
