/**
 * An ADTS file as a track. Such a file has no index: a time is found by the mean
 * length of frames at a few places, the same for every listener, and reading
 * goes on at the next frame. What is skipped is not fetched.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { MEDIA_SEARCH_BYTES_MAX } from "../../limits.ts";
import type { OpenOptions } from "../open.ts";
import type { Packet, Track, TrackInfo } from "../packet.ts";
import {
  type PacketParser,
  packetStream,
  readBlock,
} from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import type { TagText } from "../tags/id3.ts";
import { type AdtsFrame, AdtsFramer } from "./framer.ts";
import {
  AAC_SAMPLES,
  type AdtsHeader,
  channelsOf,
  writeAacConfig,
} from "./header.ts";

/** Where samples of frame lengths are taken. */
const SAMPLE_SHARES = [1 / 8, 3 / 8, 5 / 8, 7 / 8];

/** What the beginning and a few places tell. */
interface Head {
  header: AdtsHeader;
  /** Offset of the first frame. */
  soundStart: number;
  /** Mean bytes of a frame, its header included. */
  frameBytes: number;
}

/**
 * Opens an ADTS file at a time.
 *
 * @throws AlluviumError `media-rejected` when no frames are found
 * @throws whatever the source throws
 */
export async function openAdts(
  source: RandomAccess,
  start: { offset: number } & TagText,
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const head = await readHead(source, start.offset, signal);
  const { sampleRate } = head.header;
  const frame = Math.floor(startMs / 1000 * sampleRate / AAC_SAMPLES);
  const offset = frame === 0
    ? head.soundStart
    : Math.floor(head.soundStart + frame * head.frameBytes);
  const parser = new AdtsParser(
    new AdtsFramer(Math.min(offset, source.size), head.header),
  );
  const info = infoOf(source, head, start);
  const endMs = info.durationSamples! * 1000 / sampleRate;
  return {
    info,
    startMs: Math.min(frame * AAC_SAMPLES * 1000 / sampleRate, endMs),
    packets: packetStream(
      source,
      Math.min(offset, source.size),
      parser,
      signal,
    ),
  };
}

async function readHead(
  source: RandomAccess,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<Head> {
  const frames = await framesFrom(source, offset, signal);
  const first = frames[0];
  if (first === undefined) {
    throw new AlluviumError(
      "media-rejected",
      "Cannot play the file: no AAC frames were found in it",
    );
  }
  // Small files are one or two blocks: what was read is all there is to know.
  const seen = [...frames];
  for (const share of SAMPLE_SHARES) {
    const at = first.offset + Math.floor(share * (source.size - first.offset));
    if (source.size - first.offset < 2 ** 18) continue;
    seen.push(...await framesFrom(source, at, signal, first.header));
  }
  const bytes = seen.reduce((sum, { header }) => sum + header.bytes, 0);
  return {
    header: first.header,
    soundStart: first.offset,
    frameBytes: bytes / seen.length,
  };
}

/** The whole frames of the first blocks from `offset` that have any. */
async function framesFrom(
  source: RandomAccess,
  offset: number,
  signal: AbortSignal | undefined,
  reference?: AdtsHeader,
): Promise<AdtsFrame[]> {
  const framer = new AdtsFramer(offset, reference);
  const limit = Math.min(source.size, offset + MEDIA_SEARCH_BYTES_MAX);
  for (let at = offset; at < limit;) {
    const block = await readBlock(source, at, signal);
    if (block.length === 0) break;
    at += block.length;
    const frames = framer.push(block);
    if (frames.length > 0) return frames;
  }
  return framer.finish();
}

function infoOf(source: RandomAccess, head: Head, tags: TagText): TrackInfo {
  const { header, soundStart, frameBytes } = head;
  const { objectType, sampleRate, channelConfig } = header;
  const frames = Math.max(
    1,
    Math.round((source.size - soundStart) / frameBytes),
  );
  return {
    codec: "aac",
    sampleRate,
    channels: channelsOf(channelConfig),
    bitrate: Math.round(frameBytes * 8 * sampleRate / AAC_SAMPLES),
    durationSamples: frames * AAC_SAMPLES,
    headers: [writeAacConfig({ objectType, sampleRate, channelConfig })],
    ...(tags.title !== undefined && { title: tags.title }),
    ...(tags.creator !== undefined && { creator: tags.creator }),
  };
}

class AdtsParser implements PacketParser {
  readonly skippable = 0;
  readonly #framer: AdtsFramer;

  constructor(framer: AdtsFramer) {
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

function packetOf({ data }: AdtsFrame): Packet {
  return { data, durationSamples: AAC_SAMPLES };
}
