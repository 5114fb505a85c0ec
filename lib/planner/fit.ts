/**
 * Ending on time: of the tracks that may play next, the one, two or three that
 * together fill what is left of a block with the least to be cut off. Never
 * less than what is left, as that would be a gap. Pure.
 *
 * @module
 */
import {
  FIT_CANDIDATES_MAX,
  FIT_PAIR_CANDIDATES_MAX,
  FIT_TOLERANCE_MS,
} from "../limits.ts";
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
 * @param candidates in the order of preference; `FIT_CANDIDATES_MAX` are
 *   looked at, and `FIT_PAIR_CANDIDATES_MAX` for sets of one and two where those
 *   cut off more than `FIT_TOLERANCE_MS`
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
  const few = new Search(candidates.slice(0, FIT_CANDIDATES_MAX), compatible);
  for (let size = 1; size <= 3; size++) few.find(size, leftMs[size - 1]!);
  const isGood = few.best && few.best.overMs <= FIT_TOLERANCE_MS;
  if (isGood || candidates.length <= FIT_CANDIDATES_MAX) return few.best;
  const more = candidates.slice(0, FIT_PAIR_CANDIDATES_MAX);
  const many = new Search(more, compatible, few.best);
  many.find(1, leftMs[0]);
  many.find(2, leftMs[1]);
  return many.best;
}

class Search {
  /** By length, the shortest first. */
  readonly #sorted: readonly Track[];

  /** @param best what is to be bettered */
  constructor(
    readonly tracks: readonly Track[],
    readonly compatible: (a: Track, b: Track) => boolean,
    public best?: Fit,
  ) {
    this.#sorted = tracks.toSorted((a, b) => a.durationMs - b.durationMs);
  }

  /** Looks at sets of a size: the first ones as they are preferred, the last by its length. */
  find(size: number, leftMs: number): void {
    if (leftMs > 0 && !this.#isGood) this.#extend([], size, leftMs, 0);
  }

  get #isGood(): boolean {
    return this.best !== undefined && this.best.overMs <= GOOD_MS;
  }

  #extend(chosen: Track[], size: number, leftMs: number, from: number): void {
    if (size === 1) return this.#close(chosen, leftMs);
    for (let i = from; i < this.tracks.length; i++) {
      const track = this.tracks[i]!;
      if (track.durationMs >= leftMs || !this.#goes(chosen, track)) continue;
      const rest = leftMs - track.durationMs;
      this.#extend([...chosen, track], size - 1, rest, i + 1);
      if (this.#isGood) return;
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
