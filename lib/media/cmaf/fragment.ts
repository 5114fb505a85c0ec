/**
 * Fragments of MP4: what is in them, and then the samples as they are
 * (ISO 14496-12, 8.8). Pure.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import type { NowPlaying } from "../mount_writer.ts";
import { writeId3 } from "../tags/write_id3.ts";
import { box, bytesOf, fullBox, u32, u64 } from "./boxes.ts";
import { SOUND_ID, VIDEO_ID } from "./init.ts";

/** A sample of sound. */
export interface SoundSample {
  data: Uint8Array;
  /** Its length in samples of sound. */
  length: number;
}

/** A picture. */
export interface PictureSample {
  data: Uint8Array;
  key: boolean;
  /** When it is decoded and shown, in ticks of the pictures. */
  dts: number;
  pts: number;
}

/** What goes into a fragment. */
export interface Fragment {
  number: number;
  sound: readonly SoundSample[];
  /** When the first sound plays, in samples. */
  soundAt: number;
  pictures: readonly PictureSample[];
  /** When the picture behind the last one is decoded. */
  picturesEnd: number;
}

/** Sample flags (8.8.3.1): needs no other; needs others and is no place to start. */
const FREE = 0x02000000;
const BOUND = 0x01010000;

/** Flags of `tfhd`: the data lies behind the `moof`; flags for all samples. */
const BASE_IS_MOOF = 0x020000;
const DEFAULT_FLAGS = 0x000020;
/** Flags of `trun`: where the data begins; of each sample length, size, flags, shown later. */
const DATA_OFFSET = 0x000001;
const LENGTHS = 0x000100;
const SIZES = 0x000200;
const FLAGS = 0x000400;
const SHIFTS = 0x000800;

const MDAT_HEAD_BYTES = 8;

/** The bytes of a fragment. */
export function fragmentBytes(fragment: Fragment): Uint8Array {
  // Places are told from the beginning of the `moof`, whose size is told by itself.
  const draft = moof(fragment, 0);
  const head = moof(fragment, draft.length + MDAT_HEAD_BYTES);
  const { sound, pictures } = fragment;
  return concatBytes([
    head,
    box(
      "mdat",
      ...sound.map(({ data }) => data),
      ...pictures.map(({ data }) => data),
    ),
  ]);
}

function moof(fragment: Fragment, dataAt: number): Uint8Array {
  const { number, sound, pictures } = fragment;
  const soundBytes = sound.reduce((sum, { data }) => sum + data.length, 0);
  return box(
    "moof",
    fullBox("mfhd", 0, 0, bytesOf(...u32(number))),
    ...(sound.length === 0 ? [] : [soundRun(fragment, dataAt)]),
    ...(pictures.length === 0
      ? []
      : [pictureRun(fragment, dataAt + soundBytes)]),
  );
}

function soundRun({ sound, soundAt }: Fragment, dataAt: number): Uint8Array {
  return run({
    id: SOUND_ID,
    beginsAt: soundAt,
    flags: DATA_OFFSET | LENGTHS | SIZES,
    dataAt,
    count: sound.length,
    rows: sound.flatMap(({ data, length }) => [length, data.length]),
  });
}

function pictureRun(
  { pictures, picturesEnd }: Fragment,
  dataAt: number,
): Uint8Array {
  return run({
    id: VIDEO_ID,
    beginsAt: pictures[0]!.dts,
    flags: DATA_OFFSET | LENGTHS | SIZES | FLAGS | SHIFTS,
    dataAt,
    count: pictures.length,
    rows: pictures.flatMap(({ data, key, dts, pts }, i) => [
      ...[(pictures[i + 1]?.dts ?? picturesEnd) - dts, data.length],
      ...[key ? FREE : BOUND, pts - dts],
    ]),
  });
}

/** One track of a fragment. */
interface Run {
  id: number;
  beginsAt: number;
  flags: number;
  dataAt: number;
  count: number;
  rows: readonly number[];
}

function run({ id, beginsAt, flags, dataAt, count, rows }: Run): Uint8Array {
  return box(
    "traf",
    fullBox(
      "tfhd",
      0,
      BASE_IS_MOOF | DEFAULT_FLAGS,
      bytesOf(...u32(id), ...u32(FREE)),
    ),
    fullBox("tfdt", 1, 0, bytesOf(...u64(beginsAt))),
    fullBox("trun", 1, flags, words([count, dataAt, ...rows])),
  );
}

/** Numbers of 32 bits. */
function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value);
  return bytes;
}

/**
 * What is on from a time on, as timed ID3 (aomedia.org, "Carriage of ID3 Timed
 * Metadata in CMAF"): HLS players show it.
 *
 * @param atMs by the clock of the stream
 */
export function titleEvent(
  playing: NowPlaying,
  atMs: number,
  number: number,
): Uint8Array {
  const text = new TextEncoder();
  return fullBox(
    "emsg",
    1,
    0,
    // Ticks of ms; no end is told.
    bytesOf(...u32(1000), ...u64(atMs), ...u32(2 ** 32 - 1), ...u32(number)),
    text.encode("https://aomedia.org/emsg/ID3\0\0"),
    writeId3(playing),
  );
}
