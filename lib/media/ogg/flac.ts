/**
 * FLAC in Ogg (xiph.org/flac/ogg_mapping.html, RFC 9639 section 10.1). A packet
 * is a FLAC frame; its header says how long it plays (RFC 9639, 9.1).
 *
 * @module
 */
import { concatBytes, hasAscii, u16be } from "../bytes.ts";
import type { TrackInfo } from "../packet.ts";
import type { OggCodec, OggSilence, OggStream } from "./codec.ts";
import { parseComments, retitle, textOf, writeComments } from "./comments.ts";
import { SILENT_SAMPLES, silentFlacFrame } from "./flac_silence.ts";

/** "\x7fFLAC", version 1.0, number of header packets, "fLaC", STREAMINFO. */
const FIRST_BYTES = 51;
/** Offset of STREAMINFO's contents in the first packet. */
const STREAMINFO = 17;
const COMMENT_BLOCK = 4;
const LAST_BLOCK = 0x80;

/** What we need of STREAMINFO. */
interface StreamInfo {
  sampleRate: number;
  channels: number;
  bitsPerSample: number;
}

function readStreamInfo(first: Uint8Array): StreamInfo {
  const at = STREAMINFO + 10;
  const bits = u16be(first, at + 2);
  return {
    sampleRate: u16be(first, at) * 16 + (bits >> 12),
    channels: ((bits >> 9) & 7) + 1,
    bitsPerSample: ((bits >> 4) & 31) + 1,
  };
}

/** Play time of a FLAC frame in samples; `undefined` when it is none. */
export function flacFrameSamples(frame: Uint8Array): number | undefined {
  if (frame.length < 6 || (u16be(frame, 0) & 0xfffe) !== 0xfff8) {
    return undefined;
  }
  const code = frame[2]! >> 4;
  if (code === 0) return undefined;
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code >= 8) return 256 << (code - 8);
  const at = 4 + codedNumberBytes(frame[4]!);
  return (code === 6 ? (frame[at] ?? 0) : u16be(frame, at)) + 1;
}

/** The frame number is coded like UTF-8: as many bytes as leading ones. */
function codedNumberBytes(first: number): number {
  return first < 0x80 ? 1 : Math.max(1, Math.clz32(~(first << 24)));
}

/** FLAC. */
export const flac: OggCodec = {
  codec: "flac",
  seekSamples: 0,
  primes: false,

  headerPackets(first) {
    if (!hasAscii(first, 0, "\x7fFLAC") || first.length < FIRST_BYTES) {
      return undefined;
    }
    // 0 stands for "unknown"; the comments are there in any case.
    return 1 + Math.max(1, u16be(first, 7));
  },

  describe(headers) {
    const first = headers[0]!;
    const info = readStreamInfo(first);
    if (!hasAscii(first, 9, "fLaC") || info.sampleRate === 0) return undefined;
    const stream: OggStream = {
      sampleRate: info.sampleRate,
      channels: info.channels,
      bitrate: 0,
      preSkipSamples: 0,
    };
    return { ...stream, ...textOf(parseComments(commentBlock(headers), 4)) };
  },

  timing: () => flacFrameSamples,

  mountHeaders(info, playing) {
    const comments = parseComments(commentBlock(info.headers), 4);
    return [
      openEnded(info.headers[0]!),
      writeBlock(writeComments(retitle(comments, playing))),
    ];
  },

  silence(like) {
    return makeSilence(like);
  },
};

function commentBlock(headers: Uint8Array[]): Uint8Array {
  const block = headers.slice(1).find((x) => (x[0]! & 127) === COMMENT_BLOCK);
  return block ?? new Uint8Array(0);
}

/** The only metadata block after STREAMINFO: the comments. */
function writeBlock(body: Uint8Array): Uint8Array {
  const head = new Uint8Array([
    COMMENT_BLOCK | LAST_BLOCK,
    body.length >> 16,
    (body.length >> 8) & 255,
    body.length & 255,
  ]);
  return concatBytes([head, body]);
}

/** An item may be cut: its length and checksum are unknown (zeros), one header follows. */
function openEnded(first: Uint8Array): Uint8Array {
  const open = first.slice(0, FIRST_BYTES);
  open[7] = 0;
  open[8] = 1;
  open[STREAMINFO + 13]! &= 0xf0;
  open.fill(0, STREAMINFO + 14);
  return open;
}

// ---- silence ---------------------------------------------------------------

function makeSilence(like: TrackInfo | undefined): OggSilence {
  const first = like?.headers[0] ?? defaultFirst();
  const { sampleRate, channels, bitsPerSample } = readStreamInfo(first);
  const format = { channels, bitsPerSample };
  const empty = writeComments({ vendor: "", fields: [] });
  return {
    info: {
      codec: "flac",
      sampleRate,
      channels,
      bitrate: 0,
      headers: [withBlockSize(first), writeBlock(empty)],
    },
    packet: (index) => ({
      data: silentFlacFrame(format, index),
      durationSamples: SILENT_SAMPLES,
    }),
  };
}

/** Silence has its own block size, the same in every frame; frame sizes are unknown. */
function withBlockSize(first: Uint8Array): Uint8Array {
  const changed = first.slice();
  for (const at of [STREAMINFO, STREAMINFO + 2]) {
    changed[at] = SILENT_SAMPLES >> 8;
    changed[at + 1] = SILENT_SAMPLES & 255;
  }
  return changed.fill(0, STREAMINFO + 4, STREAMINFO + 10);
}

/** Stereo, 44.1 kHz, 16 bits. */
function defaultFirst(): Uint8Array {
  const first = new Uint8Array(FIRST_BYTES);
  first.set(new TextEncoder().encode("\x7fFLAC\x01\x00\x00\x01fLaC"));
  first.set([0, 0, 0, 34], 13);
  first.set([0x0a, 0xc4, 0x42, 0xf0], STREAMINFO + 10);
  return first;
}
