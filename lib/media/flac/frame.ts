/**
 * The header of a FLAC frame (RFC 9639, section 9.1) and the checksums that
 * tell one from bytes that look like it. Pure and total.
 *
 * @module
 */
import { u16be } from "../bytes.ts";

/** What a frame's header says. */
export interface FlacHeader {
  /** Samples of the frame, 1 to 65,536. */
  samples: number;
  /** Channel assignment code, 0 to 10. */
  assignment: number;
  /** Whether `number` counts samples (variable block size), else frames. */
  variable: boolean;
  /** Number of its first sample, or of the frame. */
  number: number;
  /** Bytes of the header, its checksum included. */
  bytes: number;
}

/** Bytes of the longest header. */
export const FLAC_HEADER_BYTES_MAX = 16;

/** The header at `at`, its checksum right; `undefined` where there is none. */
export function parseFlacHeader(
  bytes: Uint8Array,
  at: number,
): FlacHeader | undefined {
  if ((u16be(bytes, at) & 0xfffe) !== 0xfff8) return undefined;
  const sizeCode = bytes[at + 2]! >> 4;
  const rateCode = bytes[at + 2]! & 15;
  const assignment = bytes[at + 3]! >> 4;
  if (sizeCode === 0 || rateCode === 15 || assignment > 10) return undefined;
  if ((bytes[at + 3]! & 1) !== 0) return undefined;
  const coded = codedNumber(bytes, at + 4);
  if (coded === undefined) return undefined;
  let end = at + 4 + coded.bytes;
  const samples = blockSamples(bytes, end, sizeCode);
  end += sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  end += rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  if (end >= bytes.length || crc8(bytes, at, end) !== bytes[end]) {
    return undefined;
  }
  return {
    samples,
    assignment,
    variable: (bytes[at + 1]! & 1) === 1,
    number: coded.value,
    bytes: end + 1 - at,
  };
}

function blockSamples(bytes: Uint8Array, at: number, code: number): number {
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code >= 8) return 256 << (code - 8);
  return (code === 6 ? bytes[at] ?? 0 : u16be(bytes, at)) + 1;
}

/** A number coded like UTF-8, of up to seven bytes. */
function codedNumber(
  bytes: Uint8Array,
  at: number,
): { value: number; bytes: number } | undefined {
  const first = bytes[at] ?? 0xff;
  if (first < 0x80) return { value: first, bytes: 1 };
  const ones = Math.clz32(~(first << 24));
  if (ones < 2 || ones > 7) return undefined;
  let value = first & (0x7f >> ones);
  for (let i = 1; i < ones; i++) {
    const byte = bytes[at + i] ?? 0;
    if ((byte & 0xc0) !== 0x80) return undefined;
    value = value * 64 + (byte & 63);
  }
  return { value, bytes: ones };
}

const CRC8 = table(8, 0x07);
const CRC16 = table(16, 0x8005);

function table(bits: 8 | 16, polynomial: number): Uint16Array {
  const top = 1 << (bits - 1);
  return Uint16Array.from({ length: 256 }, (_, i) => {
    let crc = bits === 8 ? i : i << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & top) !== 0 ? (crc << 1) ^ polynomial : crc << 1;
    }
    return crc & (2 ** bits - 1);
  });
}

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ bytes[i]!]!;
  return crc;
}

/** Whether `from` to `to` is a frame with the right checksum at its end. */
export function isWholeFlacFrame(
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  let crc = 0;
  for (let i = from; i < to; i++) {
    crc = ((crc << 8) & 0xff00) ^ CRC16[(crc >> 8) ^ bytes[i]!]!;
  }
  return crc === 0;
}
