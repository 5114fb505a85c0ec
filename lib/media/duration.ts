/**
 * How long a file plays: exactly what its mount would send, counted packet by
 * packet, because a programme laid out by it must have neither holes nor cuts.
 * Headers are not asked: they are often wrong.
 *
 * @module
 */
import { openTrack } from "./open.ts";
import type { TrackInfo } from "./packet.ts";
import type { RandomAccess } from "./random_access.ts";

/** What a file says about its length. */
export interface MeasuredDuration {
  /** Play time in ms (a fraction where packets do not end on a whole one). */
  durationMs: number;
  /** The parameters found on the way, `durationSamples` as measured. */
  info: TrackInfo;
}

/**
 * Measures a file by walking every packet of it: all bytes are read, once.
 *
 * @throws AlluviumError `media-rejected` when this is nothing we can play
 * @throws whatever the source throws
 */
export async function measureDuration(
  source: RandomAccess,
  signal?: AbortSignal,
): Promise<MeasuredDuration> {
  const track = await openTrack(source, signal ? { signal } : {});
  let samples = 0;
  let skip = track.info.preSkipSamples ?? 0;
  let link = 0;
  for await (const packet of track.packets) {
    if (packet.restart !== undefined) {
      samples += Math.max(0, link - skip);
      link = 0;
      skip = packet.restart.preSkipSamples ?? 0;
    }
    link += packet.durationSamples - (packet.trimEndSamples ?? 0);
  }
  samples += Math.max(0, link - skip);
  return {
    durationMs: samples * 1000 / track.info.sampleRate,
    info: { ...track.info, durationSamples: samples },
  };
}
