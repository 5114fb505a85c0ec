/**
 * What a station needs of a line, from what its playlist says. Pure.
 *
 * @module
 */
import type { Playlist } from "../../playlist/playlist.ts";

/**
 * Bits per second of a station's items on average; 0 where the playlist states
 * no lengths or durations.
 */
export function stationBitrate({ items }: Playlist): number {
  let bytes = 0;
  let durationMs = 0;
  for (const item of items) {
    if (item.length === undefined || item.durationMs === undefined) continue;
    bytes += item.length;
    durationMs += item.durationMs;
  }
  return durationMs === 0 ? 0 : bytes * 8000 / durationMs;
}
