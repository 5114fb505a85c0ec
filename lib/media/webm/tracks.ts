/**
 * What a Matroska or WebM file says of its tracks (RFC 9559, 5.1.4). Pure.
 *
 * @module
 */
import type { Codec, VideoCodec } from "../packet.ts";
import { IDS } from "./ids.ts";
import { elementsOf, readNumber, readText } from "./read_ebml.ts";

/** One track that a mount may take. */
export interface FileTrack {
  /** What its blocks call it. */
  number: number;
  /** Codec of sound; one of the two is there. */
  sound?: Codec;
  /** Codec of pictures. */
  picture?: VideoCodec;
  /** What the decoder is told. */
  description: Uint8Array | undefined;
  /** Pixels a row and rows; 0 for sound. */
  width: number;
  height: number;
  /** Length of a picture in ms; 0 where the file does not say. */
  pictureMs: number;
  /** Bytes that stand in front of every frame and were left out of the file. */
  stripped: Uint8Array;
}

/** Codecs by the beginning of their ids (draft-ietf-cellar-codec). */
const SOUND: readonly [string, Codec][] = [
  ["A_AAC", "aac"],
  ["A_MPEG/L3", "mp3"],
  ["A_OPUS", "opus"],
  ["A_VORBIS", "vorbis"],
  ["A_FLAC", "flac"],
];
const PICTURES: readonly [string, VideoCodec][] = [
  ["V_MPEG4/ISO/AVC", "h264"],
  ["V_MPEGH/ISO/HEVC", "hevc"],
  ["V_VP8", "vp8"],
  ["V_VP9", "vp9"],
  ["V_AV1", "av1"],
];

/** TrackType of sound (5.1.4.1.3). */
const SOUND_TYPE = 2;

/** Frames without a beginning that is always the same (5.1.4.1.31.6). */
const HEADER_STRIPPING = 3;

/** The tracks of a file that some mount takes, in its order. */
export function readTracks(contents: Uint8Array): FileTrack[] {
  const tracks: FileTrack[] = [];
  for (const { id, contents: entry } of elementsOf(contents)) {
    const track = id === IDS.trackEntry ? readTrack(entry) : undefined;
    if (track !== undefined) tracks.push(track);
  }
  return tracks;
}

/** Whether a file has sound of any kind. */
export function hasSound(contents: Uint8Array): boolean {
  return [...elementsOf(contents)].some(({ id, contents: entry }) =>
    id === IDS.trackEntry &&
    [...elementsOf(entry)].some((x) =>
      x.id === IDS.trackType && readNumber(x.contents) === SOUND_TYPE
    )
  );
}

function readTrack(entry: Uint8Array): FileTrack | undefined {
  let codec = "";
  let isReadable = true;
  const track: FileTrack = {
    number: 0,
    description: undefined,
    width: 0,
    height: 0,
    pictureMs: 0,
    stripped: new Uint8Array(0),
  };
  for (const { id, contents } of elementsOf(entry)) {
    if (id === IDS.trackNumber) track.number = readNumber(contents);
    else if (id === IDS.codecId) codec = readText(contents);
    else if (id === IDS.codecPrivate) track.description = contents.slice();
    else if (id === IDS.defaultDuration) {
      track.pictureMs = readNumber(contents) / 1e6;
    } else if (id === IDS.picture) readSize(contents, track);
    else if (id === IDS.encodings) {
      isReadable &&= readEncodings(contents, track);
    }
  }
  const sound = SOUND.find(([name]) => codec.startsWith(name))?.[1];
  const picture = PICTURES.find(([name]) => codec === name)?.[1];
  if (!isReadable || (sound ?? picture) === undefined) return undefined;
  return { ...track, ...(sound && { sound }), ...(picture && { picture }) };
}

function readSize(contents: Uint8Array, track: FileTrack): void {
  for (const { id, contents: value } of elementsOf(contents)) {
    if (id === IDS.pixelWidth) track.width = readNumber(value);
    if (id === IDS.pixelHeight) track.height = readNumber(value);
  }
}

/** Whether frames can be had: only what was stripped off in front can be put back. */
function readEncodings(contents: Uint8Array, track: FileTrack): boolean {
  for (const { id, contents: encoding } of elementsOf(contents)) {
    if (id !== IDS.encoding) continue;
    for (const { id, contents: part } of elementsOf(encoding)) {
      if (id === IDS.encryption) return false;
      if (id === IDS.compression && !readCompression(part, track)) return false;
    }
  }
  return true;
}

function readCompression(contents: Uint8Array, track: FileTrack): boolean {
  let kind = 0;
  for (const { id, contents: value } of elementsOf(contents)) {
    if (id === IDS.compressionKind) kind = readNumber(value);
    if (id === IDS.compressionSettings) track.stripped = value.slice();
  }
  return kind === HEADER_STRIPPING;
}
