/**
 * What both kinds of programme have in common: at any moment there is exactly
 * one slot. Pure.
 *
 * @module
 */
import type { Slot } from "./slot.ts";

/** A playlist placed on the clock. Its slots tile time without hole or overlap. */
export interface Timeline {
  /**
   * The slot with start ≤ `nowMs` < end.
   *
   * @param nowMs milliseconds since the epoch, finite
   */
  slotAt(nowMs: number): Slot;
}

/**
 * How many of the ascending `values` are at most `limit`, by halving.
 *
 * @returns 0 to `values.length`
 */
export function countUpTo(values: Float64Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
