/**
 * How long a file plays, by its own packets.
 *
 * @module
 */
import type { TrackInfo } from "./packet.ts";
import type { RandomAccess } from "./random_access.ts";

/** What a file says about its length. */
export interface MeasuredDuration {
  /** Play time in ms (a fraction where packets do not end on one). */
  durationMs: number;
  /** The parameters found on the way. */
  info: TrackInfo;
}

/** Measures by walking every packet. */
export function measureDuration(
  _source: RandomAccess,
  _signal?: AbortSignal,
): Promise<MeasuredDuration> {
  return Promise.reject(new Error("not yet"));
}
