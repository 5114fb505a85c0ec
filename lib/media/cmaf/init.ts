/**
 * The beginning of a fragmented MP4 (CMAF, ISO 23000-19): what is in it and how a
 * decoder is told. All media stands in fragments behind it. Pure.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import type { TrackInfo, VideoInfo } from "../packet.ts";
import { box, bytesOf, fullBox, u16, u32, zeros } from "./boxes.ts";
import { soundEntry } from "./sound_entry.ts";

/** Track numbers. */
export const SOUND_ID = 1;
/** Track of the pictures. */
export const VIDEO_ID = 2;
/** Ticks a second of the pictures' times; those of the sound are its samples. */
export const VIDEO_TICKS = 90_000;

const MOVIE_TICKS = 1000;
/** Nothing is turned or stretched (ISO 14496-12, 6.2.2). */
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].flatMap(u32);

/** A film: its size, and how a decoder is told of it. */
export interface PictureTrack {
  video: VideoInfo;
  entry: Uint8Array;
}

/** The whole of it. */
export function initSegment(
  info: TrackInfo,
  film: PictureTrack | undefined,
): Uint8Array {
  const ids = film === undefined ? [SOUND_ID] : [SOUND_ID, VIDEO_ID];
  return concatBytes([
    box("ftyp", name("iso6"), bytesOf(...u32(0)), name("iso6cmfcmp41")),
    box(
      "moov",
      movieHeader(),
      soundTrack(info),
      ...(film ? [pictureTrack(film)] : []),
      box(
        "mvex",
        ...ids.map((id) =>
          fullBox("trex", 0, 0, bytesOf(...u32(id), ...u32(1), ...zeros(12)))
        ),
      ),
    ),
  ]);
}

function name(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function movieHeader(): Uint8Array {
  return fullBox(
    "mvhd",
    0,
    0,
    bytesOf(
      ...[...zeros(8), ...u32(MOVIE_TICKS), ...u32(0), 0, 1, 0, 0, 1, 0],
      ...[...zeros(10), ...MATRIX, ...zeros(24), ...u32(VIDEO_ID + 1)],
    ),
  );
}

function soundTrack(info: TrackInfo): Uint8Array {
  return track({
    id: SOUND_ID,
    ticks: info.sampleRate,
    kind: "soun",
    head: fullBox("smhd", 0, 0, bytesOf(...zeros(4))),
    entry: soundEntry(info),
    width: 0,
    height: 0,
  });
}

function pictureTrack({ video, entry }: PictureTrack): Uint8Array {
  return track({
    id: VIDEO_ID,
    ticks: VIDEO_TICKS,
    kind: "vide",
    head: fullBox("vmhd", 0, 1, bytesOf(...zeros(8))),
    entry,
    width: video.width,
    height: video.height,
  });
}

/** What differs between sound and pictures. */
interface TrackParts {
  id: number;
  ticks: number;
  kind: string;
  head: Uint8Array;
  entry: Uint8Array;
  width: number;
  height: number;
}

function track(parts: TrackParts): Uint8Array {
  const { id, ticks, kind, width, height } = parts;
  const volume = kind === "soun" ? 1 : 0;
  return box(
    "trak",
    fullBox(
      "tkhd",
      0,
      7,
      bytesOf(
        ...[...zeros(8), ...u32(id), ...zeros(8), ...zeros(8), ...zeros(4)],
        ...[volume, 0, 0, 0, ...MATRIX, ...u16(width), 0, 0, ...u16(height)],
        ...[0, 0],
      ),
    ),
    box(
      "mdia",
      // Language "und".
      fullBox(
        "mdhd",
        0,
        0,
        bytesOf(...zeros(8), ...u32(ticks), ...u32(0), 0x55, 0xc4, 0, 0),
      ),
      fullBox(
        "hdlr",
        0,
        0,
        bytesOf(...zeros(4)),
        name(kind),
        bytesOf(...zeros(12)),
        name("Alluvium\0"),
      ),
      box("minf", parts.head, dataInfo(), sampleTable(parts.entry)),
    ),
  );
}

/** "The media is in this file." */
function dataInfo(): Uint8Array {
  const own = fullBox("url ", 0, 1);
  return box("dinf", fullBox("dref", 0, 0, bytesOf(...u32(1)), own));
}

/** Tables without samples: those are in the fragments. */
function sampleTable(entry: Uint8Array): Uint8Array {
  return box(
    "stbl",
    fullBox("stsd", 0, 0, bytesOf(...u32(1)), entry),
    fullBox("stts", 0, 0, bytesOf(...u32(0))),
    fullBox("stsc", 0, 0, bytesOf(...u32(0))),
    fullBox("stsz", 0, 0, bytesOf(...zeros(8))),
    fullBox("stco", 0, 0, bytesOf(...u32(0))),
  );
}
