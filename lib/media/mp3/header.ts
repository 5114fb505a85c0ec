/**
 * The four bytes that open every MPEG audio frame (ISO 11172-3, 2.4.2.3; ISO
 * 13818-3 for half rates; the MPEG-2.5 extension for quarter rates).
 *
 * Promises: all versions and layers are understood, free format (bit rate index
 * 0) is refused, because its frames cannot be cut without searching. Leaves to
 * others: whether a header that parses really is one (the framer asks for more
 * than one in a row).
 *
 * @module
 */
import { u32be } from "../bytes.ts";

/** A frame header, decoded. */
export interface Mp3Header {
  /** The 32 bits themselves. */
  word: number;
  /** Of MPEG audio: 2 halves and 2.5 quarters the sampling rates. */
  version: 1 | 2 | 2.5;
  /** III is what everyone calls MP3. */
  layer: 1 | 2 | 3;
  /** Bits per second, 8,000 to 448,000. */
  bitrate: number;
  /** Samples per second, 8,000 to 48,000. */
  sampleRate: number;
  /** 1 for mono; stereo, joint stereo and dual channel are 2. */
  channels: 1 | 2;
  /** Whether a 16-bit CRC follows the header. */
  crc: boolean;
  /** Length of the whole frame in bytes, header included. */
  bytes: number;
  /** Samples per channel the frame decodes to: 384, 576 or 1152. */
  samples: number;
}

/** Bytes of a header. */
export const HEADER_BYTES = 4;

/** Sampling rates of MPEG-1 by index; versions 2 and 2.5 halve and quarter them. */
const SAMPLE_RATES = [44100, 48000, 32000] as const;

/** Bit rates in kbit/s by index 1 to 14 (ISO 11172-3 table 2.4.2.3; 13818-3). */
const BITRATES = {
  "1/1": [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  "1/2": [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  "1/3": [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2/1": [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  "2/2": [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  "2/3": [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;

/** Version by its two bits; 1 is reserved. */
const VERSIONS = [2.5, undefined, 2, 1] as const;

/** The bit that says a frame has one byte more. */
const PADDING_BIT = 0x200;

/**
 * The fields that stay the same through one stream: sync, version, layer,
 * sampling rate. Bit rate, padding, CRC and the kind of stereo may change.
 */
const STREAM_MASK = 0xfffe0c00;

/** Both channel mode bits set: one channel. */
const MODE_MASK = 0xc0;

/** The header at `at`, or `undefined` where there is none that we take. */
export function parseMp3Header(
  bytes: Uint8Array,
  at: number,
): Mp3Header | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return undefined;
  return decodeWord(u32be(bytes, at));
}

function decodeWord(word: number): Mp3Header | undefined {
  const version = VERSIONS[(word >>> 19) & 3];
  const layer = 4 - ((word >>> 17) & 3);
  const bitrateIndex = (word >>> 12) & 15;
  const base = SAMPLE_RATES[(word >>> 10) & 3];
  if (version === undefined || base === undefined) return undefined;
  if (!isLayer(layer) || bitrateIndex === 0 || bitrateIndex === 15) {
    return undefined;
  }
  const family = version === 1 ? 1 : 2;
  const bitrate = BITRATES[`${family}/${layer}`][bitrateIndex - 1]! * 1000;
  const sampleRate = version === 1 ? base : base / (version === 2 ? 2 : 4);
  const samples = samplesPerFrame(version, layer);
  return {
    word,
    version,
    layer,
    bitrate,
    sampleRate,
    samples,
    channels: (word & MODE_MASK) === MODE_MASK ? 1 : 2,
    crc: (word & 0x10000) === 0,
    bytes: frameBytes(layer, samples, bitrate, sampleRate, word),
  };
}

function isLayer(layer: number): layer is 1 | 2 | 3 {
  return layer >= 1 && layer <= 3;
}

function samplesPerFrame(version: number, layer: number): number {
  if (layer === 1) return 384;
  return layer === 3 && version !== 1 ? 576 : 1152;
}

/** Layer I counts in slots of four bytes, the others in bytes. */
function frameBytes(
  layer: number,
  samples: number,
  bitrate: number,
  sampleRate: number,
  word: number,
): number {
  const padding = (word & PADDING_BIT) === 0 ? 0 : 1;
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor((samples / 8 / slot) * bitrate / sampleRate);
  return (slots + padding) * slot;
}

/**
 * Whether two headers can belong to one stream: same version, layer, sampling
 * rate and number of channels.
 */
export function sameStream(a: Mp3Header, b: Mp3Header): boolean {
  return ((a.word ^ b.word) & STREAM_MASK) === 0 && a.channels === b.channels;
}

/**
 * Bytes of the side information of a layer III frame, which follows header and
 * CRC: 32 or 17 in version 1, 17 or 9 in the others (2.4.1.7).
 */
export function sideInfoBytes(
  header: Pick<Mp3Header, "version" | "channels">,
): number {
  if (header.version === 1) return header.channels === 1 ? 17 : 32;
  return header.channels === 1 ? 9 : 17;
}

/** Where the side information of a frame begins, in bytes from its first. */
export function sideInfoOffset(header: Mp3Header): number {
  return HEADER_BYTES + (header.crc ? 2 : 0);
}

/** Bytes of a layer III frame that carry main data: what is left for the reservoir. */
export function mainDataBytes(header: Mp3Header): number {
  const before = sideInfoOffset(header) + sideInfoBytes(header);
  return Math.max(0, header.bytes - before);
}

/** How far back a layer III frame may refer: 9 bits in version 1, 8 bits in the others. */
export function reservoirBytesMax(header: Pick<Mp3Header, "version">): number {
  return header.version === 1 ? 511 : 255;
}

/** Frame length without padding as a fraction, which constant-rate files keep on average. */
export function averageFrameBytes(header: Mp3Header): number {
  return (header.samples / 8) * header.bitrate / header.sampleRate;
}
