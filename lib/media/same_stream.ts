/**
 * Whether one item's packets can follow another's in the same decoder. Pure.
 *
 * @module
 */
import type { TrackInfo } from "./packet.ts";

/** Whether all that a decoder is told beforehand is the same. */
export function isSameStream(a: TrackInfo, b: TrackInfo): boolean {
  return a.codec === b.codec && a.sampleRate === b.sampleRate &&
    a.channels === b.channels && areSame(a.headers, b.headers) &&
    a.video?.codec === b.video?.codec && a.video?.width === b.video?.width &&
    a.video?.height === b.video?.height &&
    areSame(a.video?.headers ?? [], b.video?.headers ?? []);
}

/** Whether two lists hold the same bytes. */
export function areSame(
  a: readonly Uint8Array[],
  b: readonly Uint8Array[],
): boolean {
  return a.length === b.length && a.every((x, i) => isSameBytes(x, b[i]!));
}

/** Whether two arrays hold the same bytes. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}
