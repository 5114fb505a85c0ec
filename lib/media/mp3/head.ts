/**
 * What the beginning of an MP3 file tells: the parameters of its frames, the
 * note of the encoder, whether its bit rate is constant.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { MEDIA_SEARCH_BYTES_MAX } from "../../limits.ts";
import { readBlock } from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import { type Mp3Frame, Mp3Framer } from "./framer.ts";
import { averageFrameBytes, type Mp3Header } from "./header.ts";
import type { VbrHeader } from "./vbr_header.ts";

/** The beginning of a file. */
export interface Mp3Head {
  /** Header of the first frame of sound. */
  header: Mp3Header;
  /** Offset of that frame: sound begins here. */
  soundStart: number;
  /** The encoder's note, when it is credible. */
  note?: VbrHeader;
  /** Bit rate of every frame seen, or `undefined` when they differ. */
  constantBitrate?: number;
  /** Mean bytes of the frames seen. */
  meanFrameBytes: number;
  /** Frames of the whole file: from the note, from a constant rate, or a guess by the mean. */
  frames: number;
  /** Silent frames at the end that no sound reaches into: left out of the packets. */
  spareFrames: number;
}

/**
 * Frames that are enough to tell a constant bit rate from a changing one, and
 * padded frames from plain ones: of the rates that need padding, the least needs
 * it in two frames of nine.
 */
const ENOUGH_FRAMES = 8;
/** Samples a decoder adds at the start (LAME technical FAQ: 528 and one). */
const DECODER_DELAY_SAMPLES = 529;

/**
 * Reads the beginning of a file from `offset`, which is after its tags.
 *
 * @throws AlluviumError `media-rejected` when no frames are found, or they are not layer III
 * @throws whatever the source throws
 */
export async function readMp3Head(
  source: RandomAccess,
  offset: number,
  signal?: AbortSignal,
): Promise<Mp3Head> {
  const framer = new Mp3Framer({ offset, size: source.size });
  const frames = await readFrames(source, offset, framer, signal);
  const first = frames[0];
  if (first === undefined) {
    throw new AlluviumError(
      "media-rejected",
      framer.vbr === undefined
        ? "Cannot play the file: it holds no MP3 frames where sound should begin"
        : "Cannot play the file: it ends after its MP3 header",
    );
  }
  if (first.header.layer !== 3) {
    throw new AlluviumError(
      "media-rejected",
      `Cannot play the file: it is MPEG audio layer ${first.header.layer}, wanted layer 3 (MP3)`,
    );
  }
  return describe(source, frames, first, framer.vbr);
}

/** Enough frames to judge by, or as many as there are. */
async function readFrames(
  source: RandomAccess,
  offset: number,
  framer: Mp3Framer,
  signal: AbortSignal | undefined,
): Promise<Mp3Frame[]> {
  const frames: Mp3Frame[] = [];
  let read = 0;
  for (let at = offset; read <= MEDIA_SEARCH_BYTES_MAX;) {
    at += framer.skippable;
    framer.skip(framer.skippable);
    const block = await readBlock(source, at, signal);
    at += block.length;
    read += block.length;
    const last = block.length === 0;
    frames.push(...(last ? framer.finish() : framer.push(block)));
    if (last || frames.length >= ENOUGH_FRAMES) break;
  }
  return frames;
}

function describe(
  source: RandomAccess,
  frames: Mp3Frame[],
  first: Mp3Frame,
  claimed: VbrHeader | undefined,
): Mp3Head {
  const { header, offset: soundStart } = first;
  const soundBytes = source.size - soundStart;
  const note = claimed && credible(claimed, header, soundBytes)
    ? claimed
    : undefined;
  const constantBitrate = constantRate(frames, note);
  const meanFrameBytes = constantBitrate === undefined
    ? frames.reduce((sum, x) => sum + x.data.length, 0) / frames.length
    : constantFrameBytes(frames);
  return {
    header,
    soundStart,
    meanFrameBytes,
    frames: note?.frames ?? Math.floor(soundBytes / meanFrameBytes),
    spareFrames: spareFrames(claimed, header),
    ...(note && { note }),
    ...(constantBitrate !== undefined && { constantBitrate }),
  };
}

/** A Xing or VBRI note says "variable" even where the first frames look alike. */
function constantRate(
  frames: Mp3Frame[],
  note: VbrHeader | undefined,
): number | undefined {
  if (note !== undefined && note.kind !== "info") return undefined;
  const bitrate = frames[0]!.header.bitrate;
  return frames.every((x) => x.header.bitrate === bitrate)
    ? bitrate
    : undefined;
}

/** What frames come to on average; some encoders never pad them to the exact rate. */
function constantFrameBytes(frames: Mp3Frame[]): number {
  const average = averageFrameBytes(frames[0]!.header);
  const whole = Math.floor(average);
  const padded = frames.some((x) => x.data.length > whole);
  return padded || frames.length < ENOUGH_FRAMES ? average : whole;
}

/** A count of frames that would need a bit rate outside of the format is wrong. */
function credible(
  note: VbrHeader,
  header: Mp3Header,
  soundBytes: number,
): boolean {
  if (note.frames === undefined) return false;
  const seconds = note.frames * header.samples / header.sampleRate;
  const bitrate = soundBytes * 8 / seconds;
  return bitrate > 7_000 && bitrate < 400_000;
}

/**
 * Whole frames of silence at the end: what LAME padded, less what a decoder
 * needs to get the last sample out (LAME technical FAQ).
 */
function spareFrames(note: VbrHeader | undefined, header: Mp3Header): number {
  const padding = note?.paddingSamples ?? 0;
  return Math.max(
    0,
    Math.floor((padding - DECODER_DELAY_SAMPLES) / header.samples),
  );
}
