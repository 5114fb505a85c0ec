/**
 * Ending on time: of the tracks that may play next, the one, two or three that
 * together fill what is left of a block with the least to be cut off. Never
 * less than what is left, as that would be a gap. Pure.
 *
 * @module
 */
import { FIT_CANDIDATES_MAX } from "../limits.ts";
import type { Track } from "./airing.ts";

/** A set of tracks that fills a time. */
export interface Fit {
  /** In the order in which they play. */
  tracks: Track[];
  /** What of the last one is cut off, in ms, from 0. */
  overMs: number;
}

/** Cut off by less, a set is taken at once: nobody hears it. */
const GOOD_MS = 250;

/**
 * Finds a set.
 *
 * @param candidates in the order of preference; no more than
 *   `FIT_CANDIDATES_MAX` are looked at
 * @param leftMs what is to be filled by a set of 1, 2 and 3 tracks, in ms: less
 *   where jingles come between them
 * @param compatible whether two tracks may play near each other
 * @returns undefined where not even three fill it
 */
export function fit(
  candidates: readonly Track[],
  leftMs: readonly [number, number, number],
  compatible: (a: Track, b: Track) => boolean,
): Fit | undefined {
  const tracks = candidates.slice(0, FIT_CANDIDATES_MAX);
  const search = new Search(tracks, compatible);
  for (let size = 1; size <= 3; size++) {
    search.find(size, leftMs[size - 1]!);
    if (search.best && search.best.overMs <= GOOD_MS) break;
  }
  return search.best;
}

class Search {
  best: Fit | undefined;
  /** By length, the shortest first. */
  readonly #sorted: readonly Track[];

  constructor(
    readonly tracks: readonly Track[],
    readonly compatible: (a: Track, b: Track) => boolean,
  ) {
    this.#sorted = tracks.toSorted((a, b) => a.durationMs - b.durationMs);
  }

  /** Looks at sets of a size: the first ones as they are preferred, the last by its length. */
  find(size: number, leftMs: number): void {
    if (leftMs <= 0) return;
    this.#extend([], size, leftMs, 0);
  }

  #extend(chosen: Track[], size: number, leftMs: number, from: number): void {
    if (size === 1) return this.#close(chosen, leftMs);
    for (let i = from; i < this.tracks.length; i++) {
      const track = this.tracks[i]!;
      if (track.durationMs >= leftMs || !this.#goes(chosen, track)) continue;
      const rest = leftMs - track.durationMs;
      this.#extend([...chosen, track], size - 1, rest, i + 1);
      if (this.best && this.best.overMs <= GOOD_MS) return;
    }
  }

  /** The shortest track that fills the rest. */
  #close(chosen: Track[], leftMs: number): void {
    const limitMs = leftMs + (this.best?.overMs ?? Infinity);
    for (let i = this.#indexFrom(leftMs); i < this.#sorted.length; i++) {
      const track = this.#sorted[i]!;
      if (track.durationMs >= limitMs) return;
      if (!this.#goes(chosen, track)) continue;
      const overMs = track.durationMs - leftMs;
      this.best = { tracks: [...chosen, track], overMs };
      return;
    }
  }

  #goes(chosen: readonly Track[], track: Track): boolean {
    return chosen.every((one) => one !== track && this.compatible(one, track));
  }

  /** The first of the sorted tracks that is at least so long, by halving. */
  #indexFrom(ms: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]!.durationMs < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
