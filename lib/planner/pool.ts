/**
 * The files one source plays, and which comes next: in order, after the one it
 * played last; or shuffled, one of those that were not on for longest, by chance,
 * so that nothing comes again before half of the others did. Pure.
 *
 * @module
 */
import type { Track } from "./airing.ts";
import type { History } from "./history.ts";
import { TrackQueue } from "./queue.ts";
import { type Random, shuffled } from "./random.ts";

/** What bars tracks from being chosen. */
export interface Bars {
  /** Artists that were on lately. */
  creators: ReadonlySet<string>;
  /** Tracks that are longer, in ms. @default {Infinity} */
  longerMs?: number;
}

/** So many barred tracks are ranked one by one; more are met by going through all. */
const RANKED_MAX = 200;

/** The files of a folder or a playlist. */
export class Pool {
  /** In their order. */
  readonly tracks: readonly Track[];
  /** Half of them play no longer than this, in ms; 0 where there are none. */
  readonly medianMs: number;
  /** Those that were not on for longest come first. */
  readonly #queue: TrackQueue;
  /** The longest first. */
  readonly #byLength: readonly Track[];
  readonly #byCreator: ReadonlyMap<string | undefined, Track[]>;
  readonly #indexes: ReadonlyMap<string, number>;

  /**
   * @param tracks in their order
   * @param history what has been on so far
   * @param random for the order of those that never were
   */
  constructor(tracks: readonly Track[], history: History, random: Random) {
    this.tracks = tracks;
    this.#byLength = tracks.toSorted((a, b) => b.durationMs - a.durationMs);
    this.#byCreator = Map.groupBy(tracks, ({ creator }) => creator);
    this.#indexes = new Map(tracks.map(({ path }, index) => [path, index]));
    const middle = this.#byLength[(tracks.length - 1) >> 1];
    this.medianMs = middle?.durationMs ?? 0;
    // Sorting keeps the shuffled order among those that are equal.
    const queue = shuffled(tracks, random)
      .map((track) => ({ track, lastMs: history.lastMs(track.path) }))
      .sort((a, b) => a.lastMs < b.lastMs ? -1 : a.lastMs > b.lastMs ? 1 : 0)
      .map(({ track }) => track);
    this.#queue = new TrackQueue(queue);
  }

  /** The track after a file, the first where there is no such file. */
  after(path: string | undefined): Track | undefined {
    return this.tracks[this.indexAfter(path)];
  }

  /** Its index; 0 again after the last. */
  indexAfter(path: string | undefined): number {
    const index = path === undefined ? undefined : this.#indexes.get(path);
    return ((index ?? -1) + 1) % Math.max(1, this.tracks.length);
  }

  /** Those that may be chosen: the half that was not on for longest, oldest first. */
  rested(): Track[] {
    return this.#queue.slice(0, this.#half);
  }

  /** The other half, oldest first. */
  recent(): Track[] {
    return this.#queue.slice(this.#half);
  }

  /** The one that was not on for longest; undefined where there is none. */
  get oldest(): Track | undefined {
    return this.#queue.at(0);
  }

  /**
   * One of the rested that nothing bars, the first ones more often: the square of
   * an even chance. Where all of them are barred, the oldest of the others that
   * is not.
   *
   * @param random asked once
   */
  choose(bars: Bars, random: Random): Track | undefined {
    const chance = random() ** 2;
    const barred = this.#barred(bars);
    if (!barred) return this.#chooseByLooking(bars, chance);
    const ranks = barred.map((track) => this.#queue.rankOf(track))
      .sort((a, b) => a - b);
    const free = this.#half - ranks.filter((rank) => rank < this.#half).length;
    // Where none is free, the first that is not barred stands in the other half.
    let rank = Math.floor(chance * free);
    for (const one of ranks) if (one <= rank) rank++;
    return this.#queue.at(rank);
  }

  /** Where much is barred. */
  #chooseByLooking(
    { creators, longerMs = Infinity }: Bars,
    chance: number,
  ): Track | undefined {
    const isFree = ({ creator, durationMs }: Track) =>
      durationMs <= longerMs &&
      !(creator !== undefined && creators.has(creator));
    const rested = this.rested().filter(isFree);
    return rested[Math.floor(chance * rested.length)] ??
      this.recent().find(isFree);
  }

  /** What is barred; undefined where that is more than `RANKED_MAX`. */
  #barred({ creators, longerMs = Infinity }: Bars): Track[] | undefined {
    const barred: Track[] = [];
    for (const track of this.#byLength) {
      if (track.durationMs <= longerMs) break;
      if (barred.push(track) > RANKED_MAX) return undefined;
    }
    for (const creator of creators) {
      for (const track of this.#byCreator.get(creator) ?? []) {
        if (track.durationMs > longerMs) continue;
        if (barred.push(track) > RANKED_MAX) return undefined;
      }
    }
    return barred;
  }

  get #half(): number {
    return Math.ceil(this.#queue.size / 2);
  }

  /** A track was on, by this source or another. */
  aired(track: Track): void {
    if (this.#queue.has(track)) this.#queue.toEnd(track);
  }
}
