/**
 * Where in an MP3 file a time lies, without fetching what is skipped.
 *
 * Constant bit rate: by arithmetic, exact to the frame. Variable: by the table
 * of the encoder's note, whose steps are 1/256 of the file (Xing), so the place
 * is as near as the table; the same for every listener. Variable without a
 * note: by the mean of a few samples across the file.
 *
 * A start in the middle goes back by the frames whose bytes the first one
 * refers to: the bit reservoir. They are marked, not hidden: their time counts.
 *
 * @module
 */
import { BLOCK_BYTES, readBlock } from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import { type Mp3Frame, Mp3Framer } from "./framer.ts";
import type { Mp3Head } from "./head.ts";
import { mainDataBytes, reservoirBytesMax } from "./header.ts";
import type { VbrHeader } from "./vbr_header.ts";

/** A frame in the middle of a file. */
export interface Mp3Place {
  /** Offset of the frame to start reading at. */
  offset: number;
  /** Its number, from 0; exact for constant bit rates. */
  frame: number;
  /** How many frames from there are pre-roll. */
  prerollFrames: number;
}

/** Frames of pre-roll, at most: about 0.2 s. Only rates below 24 kbit/s want more. */
const PREROLL_FRAMES_MAX = 8;
/** Where samples are taken of a file whose rate changes and that has no note. */
const SAMPLE_SHARES = [1 / 8, 3 / 8, 5 / 8, 7 / 8];
/** Blocks without a frame before a place is given up as damaged. */
const SYNC_BLOCKS_MAX = 8;
/** Padding is spread unevenly by some encoders: frames begin this near to the average. */
const SLACK_BYTES = 4;

/**
 * Finds the frame that sounds at `startMs`, less its pre-roll. `undefined` when
 * the file ends before.
 *
 * @param startMs more than 0
 * @throws whatever the source throws
 */
export async function locateMp3(
  source: RandomAccess,
  head: Mp3Head,
  startMs: number,
  signal?: AbortSignal,
): Promise<Mp3Place | undefined> {
  const { samples, sampleRate } = head.header;
  const wanted = Math.floor(startMs / 1000 * sampleRate / samples);
  const prerollFrames = Math.min(wanted, prerollFor(head));
  const frame = wanted - prerollFrames;
  if (head.constantBitrate !== undefined) {
    const place = await locateConstant(source, head, frame, signal);
    if (place !== "varies") {
      return place && {
        ...place,
        // Damage before this place can put the count off by a few frames.
        prerollFrames: Math.max(0, wanted - place.frame),
      };
    }
  }
  const offset = await estimateOffset(source, head, wanted, signal);
  if (offset === undefined) return undefined;
  const back = Math.floor(prerollFrames * head.meanFrameBytes);
  const start = Math.max(head.soundStart, Math.floor(offset) - back);
  const [first] = await framesAt(source, head, start, signal);
  return first && { offset: first.offset, frame, prerollFrames };
}

/** How many frames hold what a frame may refer back to. */
function prerollFor(head: Mp3Head): number {
  const overhead = head.header.bytes - mainDataBytes(head.header);
  const held = Math.max(1, head.meanFrameBytes - overhead);
  return Math.min(
    PREROLL_FRAMES_MAX,
    Math.ceil(reservoirBytesMax(head.header) / held),
  );
}

/** By arithmetic; "varies" when the rate turns out to change after all. */
async function locateConstant(
  source: RandomAccess,
  head: Mp3Head,
  frame: number,
  signal: AbortSignal | undefined,
): Promise<{ offset: number; frame: number } | undefined | "varies"> {
  const ideal = head.soundStart + frame * head.meanFrameBytes;
  const start = Math.max(head.soundStart, Math.floor(ideal) - SLACK_BYTES);
  const found = await framesAt(source, head, start, signal);
  const first = found[0];
  if (first === undefined) return undefined;
  const same = found.every((x) => x.header.bitrate === head.constantBitrate);
  if (!same && head.note === undefined) return "varies";
  const index = (first.offset - head.soundStart) / head.meanFrameBytes;
  return { offset: first.offset, frame: Math.round(index) };
}

async function estimateOffset(
  source: RandomAccess,
  head: Mp3Head,
  frame: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const soundBytes = source.size - head.soundStart;
  if (head.note?.frames !== undefined) {
    if (frame >= head.note.frames) return undefined;
    const bytes = claimedBytes(head.note, soundBytes);
    return head.soundStart + shareAt(head.note, frame) * bytes;
  }
  const mean = await sampledFrameBytes(source, head, signal);
  const bytes = frame * mean;
  return bytes >= soundBytes ? undefined : head.soundStart + bytes;
}

/** The note's count of bytes, unless the file shows that it is wrong. */
function claimedBytes(note: VbrHeader, soundBytes: number): number {
  const claimed = note.bytes ?? soundBytes;
  return claimed <= soundBytes * 1.01 && claimed >= soundBytes * 0.9
    ? Math.min(claimed, soundBytes)
    : soundBytes;
}

/** Share of the bytes that lies before a frame, between the points of the table. */
function shareAt(note: VbrHeader, frame: number): number {
  const toc = note.toc;
  if (toc === undefined) return frame / note.frames!;
  const point = frame / (note.tocFrames ?? note.frames!) * toc.length;
  const below = Math.min(toc.length - 1, Math.floor(point));
  const from = toc[below]!;
  const to = toc[below + 1] ?? 1;
  return Math.min(1, from + (to - from) * (point - below));
}

/** Mean frame length over a few places, so that a loud start misleads nobody. */
async function sampledFrameBytes(
  source: RandomAccess,
  head: Mp3Head,
  signal: AbortSignal | undefined,
): Promise<number> {
  let bytes = head.meanFrameBytes;
  let count = 1;
  for (const share of SAMPLE_SHARES) {
    const soundBytes = source.size - head.soundStart;
    const place = head.soundStart + Math.floor(share * soundBytes);
    // A whole block, whose frames are as many as one read can give.
    const start = Math.max(head.soundStart, place - place % BLOCK_BYTES);
    for (const frame of await framesAt(source, head, start, signal)) {
      bytes += frame.data.length;
      count++;
    }
  }
  return bytes / count;
}

/** The whole frames in the blocks at `start`: at least one, unless the file ends. */
async function framesAt(
  source: RandomAccess,
  head: Mp3Head,
  start: number,
  signal: AbortSignal | undefined,
): Promise<Mp3Frame[]> {
  const framer = new Mp3Framer({
    offset: start,
    size: source.size,
    reference: head.header,
  });
  const frames: Mp3Frame[] = [];
  const limit = start + BLOCK_BYTES * SYNC_BLOCKS_MAX;
  for (let at = start; at < Math.min(limit, source.size);) {
    const block = await readBlock(source, at, signal);
    at += block.length;
    frames.push(...framer.push(block));
    if (frames.length > 0) return frames;
  }
  return framer.finish();
}
