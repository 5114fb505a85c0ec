/**
 * MP3 frames that decode to digital silence, made from nothing: a header, side
 * information of zeros (no main data in use, so the reservoir is not touched)
 * and zeros to the end (ISO 11172-3, 2.4.1.7). Also the muting of a frame, which
 * keeps its bytes for the reservoir and takes its sound away.
 *
 * @module
 */
import {
  HEADER_BYTES,
  type Mp3Header,
  parseMp3Header,
  sideInfoBytes,
  sideInfoOffset,
} from "./header.ts";

/** What a silent frame must match, and how large it should be. */
export interface SilenceFormat {
  /** 8,000 to 48,000, one of the nine of MPEG audio; it decides the version. */
  sampleRate: number;
  /** 1 for mono, 2 for plain stereo. */
  channels: 1 | 2;
  /** Bits per second: the nearest that the format has. */
  bitrate: number;
}

/** Version and sampling rate bits by rate. */
const RATE_BITS = new Map<number, number>(
  [[44100, 48000, 32000], [22050, 24000, 16000], [11025, 12000, 8000]]
    .flatMap((rates, version) =>
      rates.map((
        rate,
        index,
      ): [number, number] => [
        rate,
        [0x180000, 0x100000, 0][version]! | (index << 10),
      ])
    ),
);

/** Sync, layer III, no CRC. */
const FIXED_BITS = 0xffe20000 | 0x10000;
const MONO_BITS = 0xc0;

/**
 * One silent frame of layer III.
 *
 * @throws RangeError when no version of the format has the sampling rate
 */
export function silentFrame(format: SilenceFormat): Uint8Array {
  const header = nearestHeader(format);
  const frame = new Uint8Array(header.bytes);
  new DataView(frame.buffer).setUint32(0, header.word);
  return frame;
}

/** The header whose bit rate is nearest to the one asked for. */
function nearestHeader(format: SilenceFormat): Mp3Header {
  const rateBits = RATE_BITS.get(format.sampleRate);
  if (rateBits === undefined) {
    throw new RangeError(
      `Cannot make silent MP3 frames at ${format.sampleRate} Hz`,
    );
  }
  const modeBits = format.channels === 1 ? MONO_BITS : 0;
  const distance = (header: Mp3Header) =>
    Math.abs(header.bitrate - format.bitrate);
  return Array.from({ length: 14 }, (_, i) => {
    const word = FIXED_BITS | rateBits | ((i + 1) << 12) | modeBits;
    return headerOf(word);
  }).reduce((best, next) => distance(next) < distance(best) ? next : best);
}

function headerOf(word: number): Mp3Header {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, word);
  return parseMp3Header(bytes, 0)!;
}

/**
 * A frame with its sound taken away and its bytes left where they are, as
 * reservoir for the frames after it. Bytes that are no layer III frame come back
 * unchanged.
 */
export function muteFrame(frame: Uint8Array): Uint8Array {
  const header = parseMp3Header(frame, 0);
  if (header === undefined || header.layer !== 3) return frame;
  const muted = frame.slice();
  // A CRC would cover the side information: say that there is none. Its two bytes
  // join the main data at the front; counted from the end nothing moves.
  muted.fill(0, HEADER_BYTES, sideInfoOffset(header) + sideInfoBytes(header));
  muted[1]! |= 1;
  return muted;
}
