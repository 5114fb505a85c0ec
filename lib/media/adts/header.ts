/**
 * The seven bytes before each AAC frame of an ADTS stream (ISO 14496-3, 1.A.2),
 * and the AudioSpecificConfig that says the same elsewhere (1.6.2.1). Pure.
 *
 * @module
 */
import { u16be } from "../bytes.ts";

/** Samples of one AAC frame; HE-AAC doubles them and the rate on decoding. */
export const AAC_SAMPLES = 1024;

/** Sampling rates by index (ISO 14496-3, table 1.18). */
const RATES = [
  ...[96000, 88200, 64000, 48000, 44100, 32000, 24000],
  ...[22050, 16000, 12000, 11025, 8000, 7350],
];

/** What a frame's header says. */
export interface AdtsHeader {
  /** Audio object type: 1 Main, 2 LC, 3 SSR, 4 LTP. */
  objectType: number;
  /** Core samples per second: 7,350 to 96,000. */
  sampleRate: number;
  /** Channel configuration, 1 to 7 (7 means eight channels). */
  channelConfig: number;
  /** Bytes of the header: 7, or 9 with a CRC. */
  headerBytes: number;
  /** Bytes of the frame, the header included. */
  bytes: number;
}

/** What a decoder must know. */
export interface AacConfig {
  /** Audio object type of the core: 2 is LC. */
  objectType: number;
  /** Core samples per second. */
  sampleRate: number;
  /** Channel configuration, 1 to 7. */
  channelConfig: number;
}

/**
 * The header at `at`; `undefined` where there is none that a stream of ours can
 * carry: several frames in one, no channel configuration, or a length that
 * leaves no room for sound.
 */
export function parseAdts(
  bytes: Uint8Array,
  at: number,
): AdtsHeader | undefined {
  if (at < 0 || at + 7 > bytes.length) return undefined;
  if ((u16be(bytes, at) & 0xfff6) !== 0xfff0) return undefined;
  const sampleRate = RATES[(bytes[at + 2]! >> 2) & 15];
  const channelConfig = ((bytes[at + 2]! & 1) << 2) | (bytes[at + 3]! >> 6);
  const length = ((bytes[at + 3]! & 3) << 11) | (bytes[at + 4]! << 3) |
    (bytes[at + 5]! >> 5);
  const headerBytes = (bytes[at + 1]! & 1) === 1 ? 7 : 9;
  const isOneFrame = (bytes[at + 6]! & 3) === 0;
  if (sampleRate === undefined || channelConfig === 0 || !isOneFrame) {
    return undefined;
  }
  if (length <= headerBytes) return undefined;
  return {
    objectType: (bytes[at + 2]! >> 6) + 1,
    sampleRate,
    channelConfig,
    headerBytes,
    bytes: length,
  };
}

/** Channels of a configuration. */
export function channelsOf(channelConfig: number): number {
  return channelConfig === 7 ? 8 : channelConfig;
}

/** The longest frame that a header can tell of, in bytes (13 bits). */
export const ADTS_BYTES_MAX = 8191;

/**
 * A frame with an ADTS header of 7 bytes, no CRC.
 *
 * @throws RangeError when the configuration or the length does not fit ADTS
 */
export function adtsFrame(config: AacConfig, frame: Uint8Array): Uint8Array {
  const index = RATES.indexOf(config.sampleRate);
  const length = frame.length + 7;
  const { objectType, channelConfig } = config;
  if (index < 0 || objectType < 1 || objectType > 4) {
    throw new RangeError(`Cannot put AAC type ${objectType} into ADTS`);
  }
  if (length > ADTS_BYTES_MAX) {
    throw new RangeError(`Cannot put ${frame.length} bytes into an ADTS frame`);
  }
  const bytes = new Uint8Array(length);
  bytes.set([
    ...[0xff, 0xf1],
    ((objectType - 1) << 6) | (index << 2) | (channelConfig >> 2),
    ((channelConfig & 3) << 6) | (length >> 11),
    (length >> 3) & 255,
    // Buffer fullness of all ones: the rate varies.
    ((length & 7) << 5) | 0x1f,
    0xfc,
  ]);
  bytes.set(frame, 7);
  return bytes;
}

/** The two bytes of an AudioSpecificConfig. */
export function writeAacConfig(config: AacConfig): Uint8Array {
  const index = Math.max(0, RATES.indexOf(config.sampleRate));
  return new Uint8Array([
    (config.objectType << 3) | (index >> 1),
    ((index & 1) << 7) | (config.channelConfig << 3),
  ]);
}

/**
 * Reads an AudioSpecificConfig; `undefined` for what ADTS cannot say: no plain
 * core of types 1 to 4, no channel configuration, a rate of its own, frames of
 * 960 samples.
 */
export function parseAacConfig(bytes: Uint8Array): AacConfig | undefined {
  if (bytes.length < 2) return undefined;
  const bits = new BitReader(bytes);
  let objectType = bits.take(5);
  const index = bits.take(4);
  const channelConfig = bits.take(4);
  // HE-AAC told in front (types 5 and 29): the rate of the output, then the core.
  if (objectType === 5 || objectType === 29) {
    if (bits.take(4) === 15) bits.take(24);
    objectType = bits.take(5);
  }
  const isShort = bits.take(1) === 1;
  const sampleRate = RATES[index];
  if (sampleRate === undefined || isShort) return undefined;
  if (objectType < 1 || objectType > 4) return undefined;
  if (channelConfig < 1 || channelConfig > 7) return undefined;
  return { objectType, sampleRate, channelConfig };
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `count` bits as a number; zeros past the end. */
  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }
}
