/**
 * What stands before the first cluster of a WebM stream: the EBML header, an
 * endless segment, its scale, its tracks, and what is on (RFC 9559). Pure.
 *
 * @module
 */
import { concatBytes, u16le } from "../bytes.ts";
import type { NowPlaying } from "../mount_writer.ts";
import type { TrackInfo, VideoCodec } from "../packet.ts";
import {
  element,
  endlessElement,
  floatElement,
  numberElement,
  textElement,
} from "./ebml.ts";

/** Track numbers of a mount. */
export const SOUND_TRACK = 1;
/** Track of the pictures. */
export const VIDEO_TRACK = 2;

const VIDEO_IDS: Partial<Record<VideoCodec, string>> = {
  vp8: "V_VP8",
  vp9: "V_VP9",
  av1: "V_AV1",
};

/** Opus settles within 80 ms, told in ns. */
const OPUS_SEEK_NS = 80_000_000;

/** The whole of it, for a listener that starts with the next cluster. */
export function webmHeader(info: TrackInfo, playing: NowPlaying): Uint8Array {
  return concatBytes([
    element(0x1a45dfa3, [
      numberElement(0x4286, 1),
      numberElement(0x42f7, 1),
      numberElement(0x42f2, 4),
      numberElement(0x42f3, 8),
      textElement(0x4282, "webm"),
      numberElement(0x4287, 4),
      numberElement(0x4285, 2),
    ]),
    endlessElement(0x18538067),
    element(0x1549a966, [
      // Times are counted in ms.
      numberElement(0x2ad7b1, 1_000_000),
      textElement(0x4d80, "Alluvium"),
      textElement(0x5741, "Alluvium"),
      ...(playing.title === "" ? [] : [textElement(0x7ba9, playing.title)]),
    ]),
    element(0x1654ae6b, [soundEntry(info), ...videoEntry(info)]),
    ...tags(playing),
  ]);
}

function soundEntry(info: TrackInfo): Uint8Array {
  const isOpus = info.codec === "opus";
  const delayNs = isOpus
    ? Math.round(u16le(info.headers[0]!, 10) * 1e9 / 48_000)
    : 0;
  return element(0xae, [
    numberElement(0xd7, SOUND_TRACK),
    numberElement(0x73c5, SOUND_TRACK),
    numberElement(0x83, 2),
    numberElement(0x9c, 0),
    textElement(0x86, isOpus ? "A_OPUS" : "A_VORBIS"),
    element(0x63a2, isOpus ? info.headers[0]! : lace(info.headers)),
    ...(isOpus
      ? [numberElement(0x56aa, delayNs), numberElement(0x56bb, OPUS_SEEK_NS)]
      : []),
    element(0xe1, [
      floatElement(0xb5, info.sampleRate),
      numberElement(0x9f, info.channels),
    ]),
  ]);
}

function videoEntry({ video }: TrackInfo): Uint8Array[] {
  const id = video && VIDEO_IDS[video.codec];
  if (video === undefined || id === undefined) return [];
  const [config] = video.headers;
  return [element(0xae, [
    numberElement(0xd7, VIDEO_TRACK),
    numberElement(0x73c5, VIDEO_TRACK),
    numberElement(0x83, 1),
    numberElement(0x9c, 0),
    textElement(0x86, id),
    ...(config ? [element(0x63a2, config)] : []),
    element(0xe0, [
      numberElement(0xb0, video.width),
      numberElement(0xba, video.height),
    ]),
  ])];
}

/** Three header packets behind their lengths ("Xiph lacing"). */
function lace(headers: readonly Uint8Array[]): Uint8Array {
  const lengths = headers.slice(0, 2).flatMap(({ length }) => [
    ...Array.from({ length: Math.floor(length / 255) }, () => 255),
    length % 255,
  ]);
  return concatBytes([new Uint8Array([2, ...lengths]), ...headers]);
}

function tags({ title, creator }: NowPlaying): Uint8Array[] {
  const simple = [["TITLE", title], ["ARTIST", creator ?? ""]] as const;
  const written = simple.filter(([, text]) => text !== "").map(([name, text]) =>
    element(0x67c8, [textElement(0x45a3, name), textElement(0x4487, text)])
  );
  if (written.length === 0) return [];
  return [element(0x1254c367, [
    element(0x7373, [element(0x63c0, new Uint8Array(0)), ...written]),
  ])];
}
