/**
 * Opus in Ogg (RFC 7845), its packets by their first byte only (RFC 6716,
 * section 3).
 *
 * @module
 */
import { concatBytes, hasAscii, u16le } from "../bytes.ts";
import type { TrackInfo } from "../packet.ts";
import type { OggCodec, OggSilence, OggStream } from "./codec.ts";
import { parseComments, retitle, textOf, writeComments } from "./comments.ts";

/** Samples per second of all Opus timing, whatever was recorded. */
const RATE = 48000;
/** The longest packet: 120 ms (RFC 6716, 3.2.5). */
const PACKET_SAMPLES_MAX = 5760;
/** Decoders settle within 80 ms (RFC 7845, 4.6). */
const SEEK_SAMPLES = 3840;
const HEAD_BYTES = 19;
const TAGS_MAGIC = new TextEncoder().encode("OpusTags");

/**
 * Frame lengths by configuration number, in samples at 48 kHz (RFC 6716, table
 * 2): SILK 10, 20, 40, 60 ms three times; hybrid 10, 20 twice; CELT 2.5, 5, 10,
 * 20 four times.
 */
const FRAME_SAMPLES = [
  ...repeat([480, 960, 1920, 2880], 3),
  ...repeat([480, 960], 2),
  ...repeat([120, 240, 480, 960], 4),
];

function repeat(values: number[], times: number): number[] {
  return Array.from({ length: times }, () => values).flat();
}

/** Play time of an Opus packet in samples at 48 kHz; `undefined` when it is none. */
export function opusPacketSamples(packet: Uint8Array): number | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const frames = frameCount(packet, toc & 3);
  const samples = FRAME_SAMPLES[toc >> 3]! * frames;
  return samples > 0 && samples <= PACKET_SAMPLES_MAX ? samples : undefined;
}

/** One, two, two, or as many as the second byte says. */
function frameCount(packet: Uint8Array, code: number): number {
  if (code === 3) return (packet[1] ?? 0) & 63;
  return code === 0 ? 1 : 2;
}

/** Opus. */
export const opus: OggCodec = {
  codec: "opus",
  seekSamples: SEEK_SAMPLES,
  primes: false,

  headerPackets(first) {
    return hasAscii(first, 0, "OpusHead") ? 2 : undefined;
  },

  describe(headers) {
    const [head, tags] = headers as [Uint8Array, Uint8Array];
    if (!isHead(head) || !hasAscii(tags, 0, "OpusTags")) return undefined;
    return describeHead(head, tags);
  },

  timing: () => opusPacketSamples,

  mountHeaders(info, playing) {
    const head = info.headers[0]!.slice();
    const skip = info.preSkipSamples ?? 0;
    head[10] = skip & 255;
    head[11] = skip >> 8;
    const comments = retitle(parseComments(info.headers[1]!, 8), playing);
    return [head, writeTags(writeComments(comments))];
  },

  silence(like) {
    return makeSilence(like);
  },
};

/** Versions 0 to 15 read alike (RFC 7845, 5.1); family 0 is mono or stereo. */
function isHead(head: Uint8Array): boolean {
  if (!hasAscii(head, 0, "OpusHead") || head.length < HEAD_BYTES) return false;
  const channels = head[9]!;
  if (head[8]! > 15 || channels === 0 || channels > 8) return false;
  if (head[18] === 0) return channels <= 2;
  const [streams, coupled] = [head[19] ?? 0, head[20] ?? 0];
  return head.length >= HEAD_BYTES + 2 + channels && streams > 0 &&
    coupled <= streams;
}

function describeHead(head: Uint8Array, tags: Uint8Array): OggStream {
  return {
    sampleRate: RATE,
    channels: head[9]!,
    bitrate: 0,
    preSkipSamples: u16le(head, 10),
    ...textOf(parseComments(tags, 8)),
  };
}

function writeTags(comments: Uint8Array): Uint8Array {
  return concatBytes([TAGS_MAGIC, comments]);
}

// ---- silence ---------------------------------------------------------------

/** Samples of a silent packet: 20 ms. */
const SILENT_SAMPLES = 960;
/**
 * A CELT frame whose first symbol is the silence flag (RFC 6716, 4.3): fullband,
 * 20 ms, one frame.
 */
const SILENT_FRAME = [0xff, 0xfe];
const TOC_MONO = 0xf8;
const TOC_STEREO = 0xfc;

function makeSilence(like: TrackInfo | undefined): OggSilence {
  const head = silentHead(like);
  const info: TrackInfo = {
    codec: "opus",
    sampleRate: RATE,
    channels: head[9]!,
    bitrate: 0,
    headers: [head, writeTags(writeComments({ vendor: "", fields: [] }))],
    preSkipSamples: 0,
  };
  const packet = { data: silentPacket(head), durationSamples: SILENT_SAMPLES };
  return { info, packet: () => packet };
}

/** The item's own head, or that of stereo. */
function silentHead(like: TrackInfo | undefined): Uint8Array {
  if (like !== undefined) return like.headers[0]!;
  const head = new Uint8Array(HEAD_BYTES);
  head.set(new TextEncoder().encode("OpusHead"));
  head[8] = 1;
  head[9] = 2;
  head.set([0x80, 0xbb, 0, 0], 12);
  return head;
}

/** Several streams stand in one packet, all but the last with their length (RFC 6716, B). */
function silentPacket(head: Uint8Array): Uint8Array {
  const family = head[18]!;
  const streams = family === 0 ? 1 : head[19]!;
  const coupled = family === 0 ? head[9]! - 1 : head[20]!;
  const bytes: number[] = [];
  for (let i = 0; i < streams; i++) {
    bytes.push(i < coupled ? TOC_STEREO : TOC_MONO);
    if (i < streams - 1) bytes.push(SILENT_FRAME.length);
    bytes.push(...SILENT_FRAME);
  }
  return new Uint8Array(bytes);
}
