/**
 * An MP3 file as a track: frames become packets, the encoder's note and spare
 * silence stay out.
 *
 * @module
 */
import type { OpenOptions } from "../open.ts";
import type { Packet, Track, TrackInfo } from "../packet.ts";
import { type PacketParser, packetStream } from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import type { TagText } from "../tags/id3.ts";
import { type Mp3Frame, Mp3Framer } from "./framer.ts";
import { type Mp3Head, readMp3Head } from "./head.ts";
import { locateMp3, type Mp3Place } from "./locate.ts";

/** Where sound begins, and what the tags before it say. */
export interface Mp3Start extends TagText {
  /** Offset in the file, after the tags. */
  offset: number;
}

/**
 * Opens an MP3 file at a time.
 *
 * @throws AlluviumError `media-rejected` when no layer III frames are found
 * @throws whatever the source throws
 */
export async function openMp3(
  source: RandomAccess,
  start: Mp3Start,
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const head = await readMp3Head(source, start.offset, signal);
  const info = describeTrack(source, head, start);
  if (startMs <= 0) {
    const place = { offset: head.soundStart, frame: 0, prerollFrames: 0 };
    return trackAt(source, head, info, place, signal);
  }
  const place = await locateMp3(source, head, startMs, signal);
  return place === undefined
    ? endedTrack(info, startMs)
    : trackAt(source, head, info, place, signal);
}

function describeTrack(
  source: RandomAccess,
  head: Mp3Head,
  tags: TagText,
): TrackInfo {
  const { samples, sampleRate, channels } = head.header;
  const durationSamples = Math.max(1, head.frames - head.spareFrames) * samples;
  const bits = (source.size - head.soundStart) * 8;
  const mean = Math.round(bits / (head.frames * samples / sampleRate));
  return {
    codec: "mp3",
    sampleRate,
    channels,
    bitrate: head.constantBitrate ?? mean,
    durationSamples,
    headers: [],
    ...(tags.title !== undefined && { title: tags.title }),
    ...(tags.creator !== undefined && { creator: tags.creator }),
  };
}

function trackAt(
  source: RandomAccess,
  head: Mp3Head,
  info: TrackInfo,
  place: Mp3Place,
  signal: AbortSignal | undefined,
): Track {
  const framer = new Mp3Framer({
    offset: place.offset,
    size: source.size,
    reference: head.header,
  });
  const parser = new Mp3Parser(framer, head.spareFrames, place.prerollFrames);
  const startMs = place.frame * head.header.samples * 1000 / info.sampleRate;
  return {
    info,
    startMs,
    packets: packetStream(source, place.offset, parser, signal),
  };
}

/** A time past the end: nothing left to play. */
function endedTrack(info: TrackInfo, startMs: number): Track {
  const samples = info.durationSamples ?? 0;
  return {
    info,
    startMs: Math.min(startMs, samples * 1000 / info.sampleRate),
    packets: new ReadableStream<Packet>({
      start: (controller) => controller.close(),
    }),
  };
}

/** Frames to packets: marks the pre-roll, keeps the spare frames of the end back. */
class Mp3Parser implements PacketParser {
  readonly #framer: Mp3Framer;
  readonly #spare: number;
  #preroll: number;
  #held: Mp3Frame[] = [];

  constructor(framer: Mp3Framer, spare: number, preroll: number) {
    this.#framer = framer;
    this.#spare = spare;
    this.#preroll = preroll;
  }

  get skippable(): number {
    return this.#framer.skippable;
  }

  skip(count: number): void {
    this.#framer.skip(count);
  }

  push(chunk: Uint8Array): Packet[] {
    return this.#release(this.#framer.push(chunk));
  }

  finish(): Packet[] {
    return this.#release(this.#framer.finish());
  }

  #release(frames: Mp3Frame[]): Packet[] {
    if (this.#spare === 0) return frames.map((frame) => this.#packet(frame));
    this.#held.push(...frames);
    const ready = this.#held.splice(
      0,
      Math.max(0, this.#held.length - this.#spare),
    );
    return ready.map((frame) => this.#packet(frame));
  }

  #packet(frame: Mp3Frame): Packet {
    const packet: Packet = {
      data: frame.data,
      durationSamples: frame.header.samples,
    };
    if (this.#preroll > 0) {
      this.#preroll--;
      packet.preroll = true;
    }
    return packet;
  }
}
