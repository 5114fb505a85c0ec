/**
 * The codecs we take in Ogg.
 *
 * @module
 */
import type { Codec } from "../packet.ts";
import type { OggCodec } from "./codec.ts";
import { flac } from "./flac.ts";
import { opus } from "./opus.ts";
import { vorbis } from "./vorbis.ts";

/** Every codec in Ogg, the likeliest first. */
export const OGG_CODECS: readonly OggCodec[] = [opus, vorbis, flac];

/** The codec whose stream begins with this packet. */
export function codecOf(first: Uint8Array): OggCodec | undefined {
  return OGG_CODECS.find((x) => x.headerPackets(first) !== undefined);
}

/**
 * The codec of that name.
 *
 * @throws RangeError when it is not one that goes into Ogg
 */
export function oggCodec(codec: Codec): OggCodec {
  const found = OGG_CODECS.find((x) => x.codec === codec);
  if (found === undefined) {
    throw new RangeError(`Cannot put "${codec}" into Ogg`);
  }
  return found;
}
