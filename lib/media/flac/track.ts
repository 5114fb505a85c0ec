/**
 * A FLAC file as a track, for the Ogg mount: its frames as they are, its
 * STREAMINFO and comments as Ogg's header packets.
 *
 * A time is found by bisection: every frame says which sample it begins with, so
 * a few reads lead there and nothing in between is fetched.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { FLAC_BLOCKS_MAX } from "../../limits.ts";
import { flacComments, flacFirst } from "../film/sound.ts";
import type { OpenOptions } from "../open.ts";
import { flac } from "../ogg/flac.ts";
import { writeComments } from "../ogg/comments.ts";
import type { Packet, Track, TrackInfo } from "../packet.ts";
import {
  type PacketParser,
  packetStream,
  readBlock,
} from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import { type FlacFrame, FlacFramer } from "./framer.ts";

const STREAMINFO_BYTES = 34;
const COMMENT_BLOCK = 4;
/** A comment block with a picture in it is not read. */
const COMMENT_BYTES_MAX = 1024 * 1024;
/** Steps of the bisection: each leaves a tenth or less of the way. */
const STEPS_MAX = 12;
/** Blocks without a frame before a place is given up. */
const BLOCKS_MAX = 16;

interface Head {
  info: TrackInfo;
  /** Offset behind the metadata. */
  soundStart: number;
  /** Samples of a block where all are alike. */
  blockSamples: number;
}

/**
 * Opens a FLAC file at a time.
 *
 * @throws AlluviumError `media-rejected` when its STREAMINFO is broken
 * @throws whatever the source throws
 */
export async function openFlac(
  source: RandomAccess,
  start: { offset: number },
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const head = await readHead(source, start.offset, signal);
  const { sampleRate, durationSamples } = head.info;
  const wanted = Math.floor(startMs / 1000 * sampleRate);
  if (
    durationSamples !== undefined && wanted >= durationSamples && wanted > 0
  ) {
    const endMs = durationSamples * 1000 / sampleRate;
    return {
      info: head.info,
      startMs: endMs,
      packets: ReadableStream.from([]),
    };
  }
  const place = wanted === 0
    ? { offset: head.soundStart, sample: 0 }
    : await locate(source, head, wanted, signal);
  const parser = new FlacParser(new FlacFramer(place.offset));
  return {
    info: head.info,
    startMs: place.sample * 1000 / sampleRate,
    packets: packetStream(source, place.offset, parser, signal),
  };
}

async function readHead(
  source: RandomAccess,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<Head> {
  const first = await source.read(offset, 8 + STREAMINFO_BYTES, signal);
  const streamInfo = first.slice(8);
  let at = offset + 4;
  let comments = writeComments({ vendor: "", fields: [] });
  for (let i = 0; i < FLAC_BLOCKS_MAX && at < source.size; i++) {
    const block = await source.read(at, 4, signal);
    if (block.length < 4) break;
    const length = (block[1]! << 16) | (block[2]! << 8) | block[3]!;
    const isComment = (block[0]! & 127) === COMMENT_BLOCK;
    if (isComment && length <= COMMENT_BYTES_MAX) {
      comments = (await source.read(at + 4, length, signal)).slice();
    }
    at += 4 + length;
    if ((block[0]! & 128) !== 0) break;
  }
  const headers = [flacFirst(streamInfo), flacComments(comments)];
  const stream = streamInfo.length < STREAMINFO_BYTES
    ? undefined
    : flac.describe(headers);
  if (stream === undefined) {
    throw new AlluviumError(
      "media-rejected",
      "Cannot play the file: it is FLAC whose STREAMINFO is broken",
    );
  }
  const samples = (streamInfo[13]! & 15) * 2 ** 32 +
    new DataView(streamInfo.buffer).getUint32(14);
  return {
    info: {
      codec: "flac",
      headers,
      ...stream,
      ...(samples > 0 && { durationSamples: samples }),
    },
    soundStart: Math.min(at, source.size),
    blockSamples: (streamInfo[0]! << 8) | streamInfo[1]!,
  };
}

interface FlacPlace {
  offset: number;
  /** Sample that the frame there begins with. */
  sample: number;
}

/** The frame that holds sample `wanted`, or the last one found before it. */
async function locate(
  source: RandomAccess,
  head: Head,
  wanted: number,
  signal: AbortSignal | undefined,
): Promise<FlacPlace> {
  const { durationSamples } = head.info;
  let low: FlacPlace = { offset: head.soundStart, sample: 0 };
  let high = { offset: source.size, sample: durationSamples ?? Infinity };
  for (let step = 0; step < STEPS_MAX; step++) {
    const frames = await framesAt(source, guess(low, high, wanted), signal);
    const places = frames.map((x) => placeOf(x, head)).filter((x) =>
      x.offset >= low.offset && x.offset < high.offset
    );
    const first = places[0];
    const below = places.findLast((x) => x.sample <= wanted);
    const isLast = below !== undefined && below !== places.at(-1);
    if (isLast) return below;
    if (below !== undefined && below.offset > low.offset) low = below;
    else if (first !== undefined && first.sample > wanted) high = first;
    else break;
  }
  return low;
}

/** Between two places by proportion, a little early so that a frame's start is met. */
function guess(
  low: FlacPlace,
  high: { offset: number; sample: number },
  wanted: number,
): number {
  const room = high.offset - low.offset;
  const share = Number.isFinite(high.sample)
    ? (wanted - low.sample) / Math.max(1, high.sample - low.sample)
    : 0.5;
  const back = Math.min(32 * 1024, room / 4);
  return Math.floor(low.offset + Math.max(0, share * room - back));
}

function placeOf({ header, offset }: FlacFrame, head: Head): FlacPlace {
  const unit = header.variable ? 1 : head.blockSamples || header.samples;
  return { offset, sample: header.number * unit };
}

/** The whole frames of the first blocks from `offset` that have two or more. */
async function framesAt(
  source: RandomAccess,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<FlacFrame[]> {
  const framer = new FlacFramer(offset);
  const frames: FlacFrame[] = [];
  let at = offset;
  for (let i = 0; i < BLOCKS_MAX && at < source.size; i++) {
    const block = await readBlock(source, at, signal);
    at += block.length;
    frames.push(...framer.push(block));
    if (frames.length > 1) return frames;
  }
  return at >= source.size ? [...frames, ...framer.finish()] : frames;
}

class FlacParser implements PacketParser {
  readonly skippable = 0;
  readonly #framer: FlacFramer;

  constructor(framer: FlacFramer) {
    this.#framer = framer;
  }

  skip(): void {}

  push(chunk: Uint8Array): Packet[] {
    return this.#framer.push(chunk).map(packetOf);
  }

  finish(): Packet[] {
    return this.#framer.finish().map(packetOf);
  }
}

function packetOf({ data, header }: FlacFrame): Packet {
  return { data, durationSamples: header.samples };
}
