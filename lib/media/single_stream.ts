/**
 * The same stream without joints, for players that cannot take any: browsers and
 * chained Ogg.
 *
 * @module
 */
import { OpusJoiner } from "./ogg/opus_joiner.ts";
import type { MountChunk } from "./packet.ts";

/** Makes one logical stream of a mount's chunks. */
export interface SingleStream {
  /** The chunk as it must be sent; undefined where nothing of it is left. */
  pass(chunk: MountChunk): MountChunk | undefined;
}

/** What makes it of a mount's media type; undefined where it has no joints anyway. */
export function createSingleStream(
  contentType: string,
): SingleStream | undefined {
  const isOgg = /^(audio|application)\/(x-)?ogg\b/.test(contentType);
  return isOgg ? new OpusJoiner() : undefined;
}
