/**
 * When pictures are decoded, from when they are shown: in decoding order the
 * showing times jump back and forth; sorted, and early by as many pictures as
 * they jump, they are the decoding times. Pure.
 *
 * @module
 */

import type { TimedPicture } from "./weaver.ts";

/** Pictures looked at for their order: several times the deepest usual one. */
export const LOOK_AHEAD = 12;

/** Assumed length of a picture where nothing tells, in ms: 25 a second. */
const DEFAULT_PICTURE_MS = 40;

/**
 * How many pictures are shown after one that is decoded later, at most: 0 where
 * both orders are the same.
 *
 * @param showMs of pictures in decoding order
 */
export function reorderDepth(showMs: readonly number[]): number {
  let depth = 0;
  for (let i = 0; i < showMs.length; i++) {
    const before = showMs.slice(0, i).filter((x) => x > showMs[i]!);
    depth = Math.max(depth, before.length);
  }
  return depth;
}

/** Tells decoding times, picture by picture. */
export class DecodeTimes {
  readonly #depth: number;
  #waiting: number[] = [];
  #count = 0;
  #first = 0;
  #last = -Infinity;

  /** @param depth as {@linkcode reorderDepth} says */
  constructor(depth: number) {
    this.#depth = depth;
  }

  /**
   * When the next picture is decoded, in ms: never later than it is shown and
   * never before the one before it.
   */
  next(showMs: number, lengthMs: number): number {
    if (this.#count === 0) this.#first = showMs;
    const at = this.#waiting.findIndex((x) => x > showMs);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, showMs);
    const early = this.#depth - this.#count++;
    const decodeMs = early > 0
      ? this.#first - early * (lengthMs > 0 ? lengthMs : DEFAULT_PICTURE_MS)
      : this.#waiting.shift()!;
    this.#last = Math.min(showMs, Math.max(decodeMs, this.#last));
    return this.#last;
  }
}

/** A picture in decoding order of which only the time it is shown is known. */
export interface ShownPicture {
  data: Uint8Array;
  key: boolean;
  showMs: number;
  /** 0 where the file does not say. */
  lengthMs: number;
}

/** Gives pictures their decoding times; the first ones wait until their order is seen. */
export class PictureLine {
  #times: DecodeTimes | undefined;
  #seen: ShownPicture[] = [];

  /** @param depth of the order, where the film tells it */
  constructor(depth: number | undefined) {
    if (depth !== undefined) this.#times = new DecodeTimes(depth);
  }

  /** Whether pictures wait here. */
  get isWaiting(): boolean {
    return this.#seen.length > 0;
  }

  /** Adds the next one and returns those whose times are known. */
  add(picture: ShownPicture): TimedPicture[] {
    this.#seen.push(picture);
    const isKnown = this.#times !== undefined ||
      this.#seen.length >= LOOK_AHEAD;
    return isKnown ? this.finish() : [];
  }

  /** Those that wait, by what was seen: no more come soon. */
  finish(): TimedPicture[] {
    const seen = this.#seen;
    this.#seen = [];
    if (seen.length === 0) return [];
    this.#times ??= new DecodeTimes(
      reorderDepth(seen.map(({ showMs }) => showMs)),
    );
    return seen.map(({ data, key, showMs, lengthMs }) => ({
      data,
      key,
      showMs,
      decodeMs: this.#times!.next(showMs, lengthMs),
    }));
  }
}
