/**
 * The playlist of a programme that was laid out, and what of it is remembered.
 * Pure.
 *
 * @module
 */
import { compacted, type Station } from "../planner/mod.ts";
import type { Item, Playlist } from "../playlist/playlist.ts";
import { formatTime } from "../playlist/w3cdtf.ts";
import type { Addresses } from "./addresses.ts";
import type { ProgrammeState } from "./state_file.ts";
import type { SurveyedFile } from "./survey.ts";

const DAY_MS = 24 * 3_600_000;

/** Lets go of what is long over, and of the facts of files that are gone. */
export function trimmed(
  state: ProgrammeState,
  files: readonly SurveyedFile[],
  sinceMs: number,
): ProgrammeState {
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

/** Since when what has been stays in the playlist, in ms since the epoch. */
export function keptSince({ keepDays }: Station, nowMs: number): number {
  return nowMs - keepDays * DAY_MS;
}

/** A station's words, and where its playlist is. */
export interface PlaylistWords {
  station: Station;
  addresses: Addresses;
  title: string;
  gateways: string[];
}

/** The playlist of what is laid out. */
export function stationPlaylist(
  { station, addresses, title, gateways }: PlaylistWords,
  state: ProgrammeState,
): Playlist {
  const items = state.airings.flatMap(({ startMs, path }): Item[] => {
    const facts = state.files.get(path);
    if (!facts) return [];
    const url = addresses.of(path);
    const about = `${url}#${formatTime(startMs)}`;
    return [{ ...facts, url, startMs, about }];
  });
  const { filler = "" } = station;
  const facts = state.files.get(filler);
  const url = addresses.of(filler);
  return {
    url: addresses.playlist,
    kind: "scheduled",
    title,
    ...(station.link === undefined ? {} : { link: station.link }),
    description: station.description ?? title,
    gateways,
    anchorMs: 0,
    updateIntervalMs: station.refreshSeconds * 1000,
    ...(facts ? { filler: { ...facts, url, about: `${url}#filler` } } : {}),
    items,
    problems: [],
  };
}
