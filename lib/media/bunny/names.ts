/**
 * What mediabunny calls things, in our words.
 *
 * @module
 */
import type { Codec, VideoCodec } from "../packet.ts";

const SOUND: Readonly<Record<string, Codec>> = {
  aac: "aac",
  mp3: "mp3",
  opus: "opus",
  vorbis: "vorbis",
  flac: "flac",
};

const PICTURES: Readonly<Record<string, VideoCodec>> = {
  avc: "h264",
  hevc: "hevc",
  vp8: "vp8",
  vp9: "vp9",
  av1: "av1",
};

/** A codec of sound; `undefined` for what no mount takes. */
export function soundCodec(name: string | null): Codec | undefined {
  return name === null ? undefined : SOUND[name];
}

/** A codec of pictures; `undefined` for what no mount takes. */
export function pictureCodec(name: string | null): VideoCodec | undefined {
  return name === null ? undefined : PICTURES[name];
}

/** What the container keeps for the decoder. */
export function descriptionOf(
  config: { description?: AllowSharedBufferSource | undefined } | null,
): Uint8Array | undefined {
  const raw = config?.description;
  if (raw === undefined) return undefined;
  return ArrayBuffer.isView(raw)
    ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)
    : new Uint8Array(raw);
}
