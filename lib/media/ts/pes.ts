/**
 * PES packets: frames with the time at which they are shown (ISO 13818-1,
 * 2.4.3.6). Pure.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";

/** What stands before the bytes. */
export interface PesHead {
  /** 0xc0 sound, 0xe0 pictures, 0xbd metadata. */
  streamId: number;
  /** When it is shown, in ticks of 90 kHz; counted on past 33 bits. */
  pts: number;
  /** When it is decoded, where that is earlier. */
  dts?: number;
}

/** The longest payload that tells its length; longer ones are pictures. */
const LENGTH_MAX = 65_535;

/** One PES packet. */
export function pesPacket(head: PesHead, data: Uint8Array): Uint8Array {
  const hasDts = head.dts !== undefined && head.dts !== head.pts;
  const times = hasDts
    ? [...timestamp(3, head.pts), ...timestamp(1, head.dts!)]
    : timestamp(2, head.pts);
  const length = 3 + times.length + data.length;
  const told = length > LENGTH_MAX ? 0 : length;
  return concatBytes([
    new Uint8Array([
      ...[0, 0, 1, head.streamId, told >> 8, told & 255],
      // Marker bits and data_alignment_indicator: a frame begins here.
      ...[0x84, hasDts ? 0xc0 : 0x80, times.length],
      ...times,
    ]),
    data,
  ]);
}

/** 33 bits among marker bits. */
function timestamp(prefix: number, ticks: number): number[] {
  const t = ((ticks % 2 ** 33) + 2 ** 33) % 2 ** 33;
  const high = Math.floor(t / 2 ** 30);
  const low = t % 2 ** 30;
  return [
    (prefix << 4) | (high << 1) | 1,
    (low >> 22) & 255,
    ((low >> 14) & 254) | 1,
    (low >> 7) & 255,
    ((low << 1) & 254) | 1,
  ];
}
