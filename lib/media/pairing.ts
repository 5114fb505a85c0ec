/**
 * Which sound and which pictures one container carries together: MPEG-TS takes
 * H.264 and HEVC with AAC or MP3, WebM takes VP8, VP9 and AV1 with Opus or
 * Vorbis, CMAF takes all but the old ones. Pure.
 *
 * @module
 */
import type { Codec, VideoCodec } from "./packet.ts";

/** What decides which mounts an item goes to. */
export interface StreamKind {
  /** Codec of the sound. */
  codec: Codec;
  /** Codec of the pictures, absent where there are none. */
  video?: VideoCodec;
}

/** The kind of a track or of anything else that has its codecs. */
export function kindOf(
  info: { codec: Codec; video?: { codec: VideoCodec } },
): StreamKind {
  return info.video === undefined
    ? { codec: info.codec }
    : { codec: info.codec, video: info.video.codec };
}

/** Whether two kinds are the same. */
export function isSameKind(a: StreamKind, b: StreamKind): boolean {
  return a.codec === b.codec && a.video === b.video;
}

/** Whether MPEG-TS carries it. */
export function fitsTs({ codec, video }: StreamKind): boolean {
  const isPlain = codec === "aac" || codec === "mp3";
  return isPlain &&
    (video === undefined || video === "h264" || video === "hevc");
}

/** Whether WebM carries it. */
export function fitsWebm({ codec, video }: StreamKind): boolean {
  const isFree = codec === "opus" || codec === "vorbis";
  return isFree && video !== "h264" && video !== "hevc";
}

/** Whether HLS carries it in fragments of MP4, as players take it. */
export function fitsCmaf({ codec, video }: StreamKind): boolean {
  return (codec === "opus" || codec === "flac" || codec === "aac") &&
    video !== "vp8";
}

/** Whether some mount carries the sound and the pictures together. */
export function canShareMount(codec: Codec, video: VideoCodec): boolean {
  const kind = { codec, video };
  return fitsTs(kind) || fitsWebm(kind) || fitsCmaf(kind);
}
