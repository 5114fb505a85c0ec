/**
 * The tables of a programme (ISO 13818-1, 2.4.4): the one PAT and PMT of a mount,
 * with its sound, its pictures if it has any, and titles as timed ID3, which HLS
 * players show. Pure.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import type { StreamKind } from "../pairing.ts";

/** PIDs of a mount. */
export const PIDS = {
  pat: 0,
  pmt: 0x1000,
  video: 0x100,
  sound: 0x101,
  titles: 0x102,
} as const;

/** Stream types (table 2-34); MP3 of the low rates is MPEG-2's. */
const STREAM_TYPES = {
  aac: 0x0f,
  mp3: 0x03,
  lowMp3: 0x04,
  h264: 0x1b,
  hevc: 0x24,
  titles: 0x15,
} as const;

const ID3 = [0x49, 0x44, 0x33, 0x20];
/** "Titles of programme 1 are ID3" (13818-1, 2.6.58), as HLS asks for. */
const POINTER = [0x25, 15, 255, 255, ...ID3, 255, ...ID3, 0, 0x1f, 0, 1];
/** "This stream is ID3" (2.6.60). */
const METADATA = [0x26, 13, 255, 255, ...ID3, 255, ...ID3, 0, 0x0f];

/** The PAT as a payload: one programme. */
export function patSection(): Uint8Array {
  const { pmt } = PIDS;
  return section(0, [0, 1, 0xe0 | (pmt >> 8), pmt & 255]);
}

/** The PMT as a payload. */
export function pmtSection(kind: StreamKind, sampleRate: number): Uint8Array {
  const { codec, video } = kind;
  const sound = codec === "mp3" && sampleRate < 32_000 ? "lowMp3" : codec;
  const streams = [
    ...(video === "h264" || video === "hevc"
      ? entry(STREAM_TYPES[video], PIDS.video, [])
      : []),
    ...entry(STREAM_TYPES[sound as "aac" | "mp3"], PIDS.sound, []),
    ...entry(STREAM_TYPES.titles, PIDS.titles, METADATA),
  ];
  return section(2, [
    ...pidBytes(PIDS.sound),
    ...[0xf0, POINTER.length, ...POINTER],
    ...streams,
  ]);
}

function entry(type: number, pid: number, descriptors: number[]): number[] {
  return [type, ...pidBytes(pid), 0xf0, descriptors.length, ...descriptors];
}

function pidBytes(pid: number): number[] {
  return [0xe0 | (pid >> 8), pid & 255];
}

/** A section of table `id`, behind the pointer that says it begins at once. */
function section(id: number, body: number[]): Uint8Array {
  const length = body.length + 9;
  const bytes = new Uint8Array([
    ...[id, 0xb0 | (length >> 8), length & 255],
    // Number 1, version 0, current, the only one.
    ...[0, 1, 0xc1, 0, 0],
    ...body,
  ]);
  const crc = crc32(bytes);
  return concatBytes([
    new Uint8Array([0]),
    bytes,
    new Uint8Array([crc >>> 24, crc >>> 16, crc >>> 8, crc]),
  ]);
}

/** CRC of sections (annex A): bit by bit, as tables are made once. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let i = 0; i < 8; i++) {
      crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    }
  }
  return crc >>> 0;
}
