/**
 * Media made from nothing, for tests that need no encoder: MP3 frames and Opus
 * packets with bytes of their own, so that each can be told from the others.
 *
 * @module
 */
import { OggMountWriter } from "../../lib/media/ogg_mount.ts";
import { writeComments } from "../../lib/media/ogg/comments.ts";
import { silentFrame } from "../../lib/media/mp3/silence.ts";
import {
  averageFrameBytes,
  parseMp3Header,
  sideInfoBytes,
} from "../../lib/media/mp3/header.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import type { Packet, TrackInfo } from "../../lib/media/packet.ts";

/** A small generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that hold no sync byte and no letter of a tag or page. */
export function dullBytes(length: number, random: () => number): Uint8Array {
  return Uint8Array.from(
    { length },
    () => 0x80 + Math.floor(random() * 0x70),
  );
}

/** How to make frames. */
export interface FrameOptions {
  sampleRate?: number;
  channels?: 1 | 2;
  /** Bit rate of frame `i`. */
  bitrate?: (i: number) => number;
  /** Frames get a byte more now and then, to keep the exact bit rate. */
  padded?: boolean;
  seed?: number;
}

/** Frames with their own main data each; their sound is silence. */
export function makeFrames(
  count: number,
  options: FrameOptions = {},
): Uint8Array[] {
  const { sampleRate = 44100, channels = 2, seed = 1 } = options;
  const bitrate = options.bitrate ?? (() => 128_000);
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const plain = silentFrame({ sampleRate, channels, bitrate: bitrate(i) });
    const frame = options.padded ? padFrame(plain, i) : plain;
    const start = 4 + sideInfoBytes(parseMp3Header(frame, 0)!);
    frame.set(dullBytes(frame.length - start, random), start);
    // The frame's number, in bytes that are no sync: two are enough for tests.
    frame[start] = i & 0x7f;
    frame[start + 1] = i >> 7;
    return frame;
  });
}

/** The frame with one byte more, where frame `i` of a constant rate has it. */
function padFrame(frame: Uint8Array, i: number): Uint8Array {
  const average = averageFrameBytes(parseMp3Header(frame, 0)!);
  const share = average - frame.length;
  const before = Math.floor(i * share + 1e-9);
  if (Math.floor((i + 1) * share + 1e-9) === before) return frame;
  const longer = new Uint8Array(frame.length + 1);
  longer.set(frame);
  longer[2]! |= 2;
  return longer;
}

/** A note frame: Xing or Info with counts, table and LAME's numbers. */
export function noteFrame(options: {
  kind?: "Xing" | "Info";
  frames: number;
  bytes: number;
  toc?: number[];
  padding?: number;
}): Uint8Array {
  const frame = silentFrame({
    sampleRate: 44100,
    channels: 2,
    bitrate: 128_000,
  });
  const view = new DataView(frame.buffer);
  const text = new TextEncoder();
  let at = 4 + 32;
  frame.set(text.encode(options.kind ?? "Xing"), at);
  view.setUint32(at + 4, options.toc ? 7 : 3);
  view.setUint32(at + 8, options.frames);
  view.setUint32(at + 12, options.bytes);
  at += 16;
  if (options.toc) {
    frame.set(options.toc, at);
    at += 100;
  }
  if (options.padding !== undefined) {
    frame.set(text.encode("LAME3.100"), at);
    view.setUint8(at + 21, 576 >> 4);
    view.setUint16(at + 22, ((576 & 15) << 12) | options.padding);
  }
  return frame;
}

/** An ID3v2.3 tag of the given fields and as much picture. */
export function id3Tag(
  fields: Record<string, string>,
  pictureBytes = 0,
): Uint8Array {
  const text = new TextEncoder();
  const parts = Object.entries(fields).map(([id, value]) =>
    id3Field(id, concatBytes([new Uint8Array([3]), text.encode(value)]))
  );
  if (pictureBytes > 0) {
    parts.unshift(id3Field("APIC", new Uint8Array(pictureBytes).fill(0xff)));
  }
  const body = concatBytes([new Uint8Array(0), ...parts]);
  const head = new Uint8Array([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, 0]);
  for (let i = 0; i < 4; i++) {
    head[6 + i] = (body.length >> (7 * (3 - i))) & 127;
  }
  return concatBytes([head, body]);
}

function id3Field(id: string, body: Uint8Array): Uint8Array {
  const field = new Uint8Array(10 + body.length);
  field.set(new TextEncoder().encode(id));
  new DataView(field.buffer).setUint32(4, body.length);
  field.set(body, 10);
  return field;
}

/** Opus packets of 20 ms with their own bytes each. */
export function makeOpusPackets(count: number, seed = 1): Packet[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const data = dullBytes(40 + Math.floor(random() * 300), random);
    data[0] = 0xfc;
    data[1] = i & 0x7f;
    data[2] = i >> 7;
    return { data, durationSamples: 960 };
  });
}

/** Parameters of an Opus stream. */
export function opusInfo(
  options: { preSkip?: number; comments?: string[]; channels?: number } = {},
): TrackInfo {
  const { preSkip = 312, comments = [], channels = 2 } = options;
  const head = new Uint8Array(19);
  head.set(new TextEncoder().encode("OpusHead"));
  head.set([1, channels, preSkip & 255, preSkip >> 8], 8);
  const tags = concatBytes([
    new TextEncoder().encode("OpusTags"),
    writeComments({ vendor: "test", fields: comments }),
  ]);
  return {
    codec: "opus",
    sampleRate: 48000,
    channels,
    bitrate: 0,
    headers: [head, tags],
    preSkipSamples: preSkip,
  };
}

/** An Ogg file with one link per list of packets. */
export function oggFile(
  links: Packet[][],
  info: TrackInfo = opusInfo(),
): Uint8Array {
  const writer = new OggMountWriter(info.codec, 7);
  const chunks = links.flatMap((packets) => [
    ...writer.begin(info, { title: info.title ?? "" }),
    ...packets.flatMap((packet) => writer.write(packet)),
  ]);
  return concatBytes([...chunks, ...writer.end()].map((x) => x.data));
}
