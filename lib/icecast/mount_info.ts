/**
 * What a mount says about itself: to listeners in its headers, to status pages,
 * to directories. Pure.
 *
 * @module
 */
import type { Codec, TrackInfo } from "../media/packet.ts";

/** What a mount says about itself; all text is UTF-8 and may be anything. */
export interface MountInfo {
  /** Media type, e.g. `audio/mpeg`. */
  contentType: string;
  /** The station's. */
  name: string;
  /** What the station is about. */
  description?: string;
  /** E.g. `Jazz`. */
  genre?: string;
  /** The station's page. */
  url?: string;
  /** Bits per second, absent where unknown. */
  bitrate?: number;
  /** Samples per second. */
  sampleRate?: number;
  /** 1 or 2. */
  channels?: number;
  /** Of the sound; absent where nobody looked. */
  codec?: Codec;
  /** Whether directories may list it, as its source asked. @default {false} */
  isPublic?: boolean;
  /** Not to be listed by status pages and `streamlist.txt`. @default {false} */
  isHidden?: boolean;
}

/**
 * What a mount says while another stands in for it: of its sound, and where it has
 * no name, what the other is. Whether it is listed stays its own matter.
 */
export function standInInfo(
  other: MountInfo,
  hasName: boolean,
): Partial<MountInfo> {
  const { isHidden: _hidden, isPublic: _public, contentType: _type, ...shown } =
    other;
  if (!hasName) return shown;
  const { bitrate, channels, codec, sampleRate } = shown;
  return {
    ...(bitrate && { bitrate }),
    ...(channels && { channels }),
    ...(codec && { codec }),
    ...(sampleRate && { sampleRate }),
  };
}

/** What a mount can say of a sound. */
export function soundInfo(
  { codec, sampleRate, channels, bitrate }: TrackInfo,
): Partial<MountInfo> {
  return { codec, sampleRate, channels, ...(bitrate > 0 && { bitrate }) };
}

/**
 * Whether two media types mean the same stream, by whatever name; mounts of one
 * can stand in for each other.
 */
export function isSameMedia(a: string, b: string): boolean {
  return plainType(a) === plainType(b);
}

function plainType(type: string): string {
  return type.replace(/^audio\/(x-)?(mp3|mpeg)$/, "audio/mpeg")
    .replace(/^audio\/(x-)?aacp?$/, "audio/aac")
    .replace(/^(application|audio)\/(x-)?ogg$/, "audio/ogg");
}
