/**
 * Tracks in the order in which they were on, those that were not on for longest
 * first: which is the n-th, where does one stand, move one to the end. Each in
 * some 20 steps for 10,000 tracks, by a Fenwick tree that counts taken places.
 * Pure.
 *
 * @module
 */
import type { Track } from "./airing.ts";

/** A queue; every track once. */
export class TrackQueue {
  /** A track that moves leaves its place empty and takes the next one at the end. */
  #places: (Track | undefined)[] = [];
  /** `#counts[i]`: tracks in the `i & -i` places that end with the one before `i`. */
  #counts = new Int32Array(0);
  readonly #placeOf = new Map<Track, number>();

  /** @param tracks in their order, each once */
  constructor(tracks: readonly Track[]) {
    this.#lay(tracks);
  }

  /** How many tracks there are. */
  get size(): number {
    return this.#placeOf.size;
  }

  /** Whether a track is one of these. */
  has(track: Track): boolean {
    return this.#placeOf.has(track);
  }

  /** The track at a rank from 0; undefined past the last. */
  at(rank: number): Track | undefined {
    if (rank >= this.size) return undefined;
    let place = 0;
    let left = rank + 1;
    for (let step = topBit(this.#counts.length - 1); step > 0; step >>= 1) {
      const count = this.#counts[place + step];
      if (count === undefined || count >= left) continue;
      place += step;
      left -= count;
    }
    return this.#places[place];
  }

  /** How many are before a track that is one of these. */
  rankOf(track: Track): number {
    let rank = 0;
    for (let i = this.#placeOf.get(track)!; i > 0; i &= i - 1) {
      rank += this.#counts[i]!;
    }
    return rank;
  }

  /** The tracks from one rank up to another, in order. */
  slice(from: number, to: number = this.size): Track[] {
    return this.#places.filter((track) => track !== undefined).slice(from, to);
  }

  /** Moves a track that is one of these to the end. */
  toEnd(track: Track): void {
    this.#count(this.#placeOf.get(track)!, -1);
    this.#places[this.#placeOf.get(track)!] = undefined;
    if (this.#places.length === this.#counts.length - 1) {
      const others = this.slice(0).filter((one) => one !== track);
      return this.#lay([...others, track]);
    }
    this.#count(this.#places.length, 1);
    this.#placeOf.set(track, this.#places.length);
    this.#places.push(track);
  }

  /** Lays all out from the first place on, with as many empty ones behind them. */
  #lay(tracks: readonly Track[]): void {
    this.#places = [...tracks];
    this.#counts = new Int32Array(2 * tracks.length + 2);
    for (const [place, track] of tracks.entries()) {
      this.#placeOf.set(track, place);
      this.#count(place, 1);
    }
  }

  #count(place: number, change: number): void {
    for (let i = place + 1; i < this.#counts.length; i += i & -i) {
      this.#counts[i]! += change;
    }
  }
}

/** The largest power of two up to `n`; 0 for 0. */
function topBit(n: number): number {
  return n === 0 ? 0 : 1 << (31 - Math.clz32(n));
}
