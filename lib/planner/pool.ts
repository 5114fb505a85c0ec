/**
 * The files one source plays, and which comes next: in order, after the one it
 * played last; or shuffled, one of those that were not on for longest, by chance,
 * so that nothing comes again before half of the others did. Pure.
 *
 * @module
 */
import type { Track } from "./airing.ts";
import type { History } from "./history.ts";
import { type Random, shuffled } from "./random.ts";

/** The files of a folder or a playlist. */
export class Pool {
  /** In their order. */
  readonly tracks: readonly Track[];
  /** Half of them play no longer than this, in ms; 0 where there are none. */
  readonly medianMs: number;
  readonly #members: Set<Track>;
  /** Those that were not on for longest come first. */
  readonly #queue: Track[];

  /**
   * @param tracks in their order
   * @param history what has been on so far
   * @param random for the order of those that never were
   */
  constructor(tracks: readonly Track[], history: History, random: Random) {
    this.tracks = tracks;
    this.#members = new Set(tracks);
    const lengths = tracks.map(({ durationMs }) => durationMs)
      .sort((a, b) => a - b);
    this.medianMs = lengths[lengths.length >> 1] ?? 0;
    // Sorting keeps the shuffled order among those that are equal.
    this.#queue = shuffled(tracks, random)
      .map((track) => ({ track, lastMs: history.lastMs(track.path) }))
      .sort((a, b) => a.lastMs < b.lastMs ? -1 : a.lastMs > b.lastMs ? 1 : 0)
      .map(({ track }) => track);
  }

  /** The track after a file, the first where there is no such file. */
  after(path: string | undefined): Track | undefined {
    return this.tracks[this.indexAfter(path)];
  }

  /** Its index; 0 again after the last. */
  indexAfter(path: string | undefined): number {
    const index = this.tracks.findIndex((track) => track.path === path) + 1;
    return index % Math.max(1, this.tracks.length);
  }

  /** Those that may be chosen: the half that was not on for longest, oldest first. */
  rested(): Track[] {
    return this.#queue.slice(0, Math.ceil(this.#queue.length / 2));
  }

  /** The other half, oldest first. */
  recent(): Track[] {
    return this.#queue.slice(Math.ceil(this.#queue.length / 2));
  }

  /** A track was on, by this source or another. */
  aired(track: Track): void {
    if (!this.#members.has(track)) return;
    const index = this.#queue.indexOf(track);
    this.#queue.splice(index, 1);
    this.#queue.push(track);
  }
}

/** One of a list, the first ones more often: the square of an even chance. */
export function pick<T>(list: readonly T[], random: Random): T | undefined {
  const chance = random();
  return list[Math.floor(chance * chance * list.length)];
}
