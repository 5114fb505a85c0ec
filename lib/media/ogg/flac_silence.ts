/**
 * FLAC frames of silence (RFC 9639, section 9): one constant subframe of zero
 * per channel, with both checksums. The frame number is in the frame, so each is
 * made anew.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";

/** Samples of one silent frame. */
export const SILENT_SAMPLES = 4096;
/** Block size code of 4096 samples; rate and sample size as STREAMINFO says (0). */
const SIZE_AND_RATE = 0xc0;
/** Frame numbers have 31 bits and start again. */
const FRAME_NUMBERS = 2 ** 31;

/** What a frame must match. */
export interface FlacFormat {
  /** 1 to 8. */
  channels: number;
  /** 4 to 32. */
  bitsPerSample: number;
}

/** Silent frame number `index` of a stream of fixed block size. */
export function silentFlacFrame(format: FlacFormat, index: number): Uint8Array {
  const head = new Uint8Array([
    0xff,
    0xf8,
    SIZE_AND_RATE,
    (format.channels - 1) << 4,
    ...codedNumber(index % FRAME_NUMBERS),
  ]);
  // Each subframe is a byte of zeros ("constant") and the sample's bits.
  const bits = format.channels * (8 + format.bitsPerSample);
  const body = new Uint8Array(Math.ceil(bits / 8));
  const frame = concatBytes([head, new Uint8Array([crc8(head)]), body]);
  const crc = crc16(frame);
  return concatBytes([frame, new Uint8Array([crc >> 8, crc & 255])]);
}

/** A number of up to 31 bits coded like UTF-8. */
function codedNumber(value: number): number[] {
  if (value < 0x80) return [value];
  const tail: number[] = [];
  let rest = value;
  // The first byte of n keeps 7 - n bits.
  while (rest >= 2 ** (6 - tail.length)) {
    tail.unshift(0x80 | (rest & 63));
    rest = Math.floor(rest / 64);
  }
  const lead = (0xff00 >> (tail.length + 1)) & 255;
  return [lead | rest, ...tail];
}

/** Polynomial x^8 + x^2 + x + 1 (9.1.8). */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) {
      crc = (crc & 0x80) !== 0 ? ((crc << 1) ^ 0x07) & 255 : crc << 1;
    }
  }
  return crc;
}

/** Polynomial x^16 + x^15 + x^2 + 1 (9.3). */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) {
      crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x8005) & 0xffff : crc << 1;
    }
  }
  return crc;
}
