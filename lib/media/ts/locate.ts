/**
 * Times in an MPEG-TS file without reading it: timestamps stand in the packets
 * (ISO 13818-1, 2.4.3.6), so a few reads lead to any of them, and to the end.
 *
 * @module
 */
import type { RandomAccess } from "../random_access.ts";

/** Bytes of a packet. */
export const TS_PACKET_BYTES = 188;
/** Bytes read at a place: pictures of a film are up to 100 KiB apart. */
const WINDOW_BYTES = 16 * 1024;
/** Windows looked through before a place is given up: 4 MiB. */
const WINDOWS_MAX = 256;
const STEPS_MAX = 24;
/** Timestamps have 33 bits at 90 kHz. */
const WRAP = 2 ** 33;

/** A timestamp of the sound and where it stands. */
export interface TsTime {
  /** In ms, by the file's own clock. */
  ms: number;
  /** Offset of the packet. */
  offset: number;
}

/** The first time at or after an offset; `undefined` when there is none near. */
export async function timeFrom(
  source: RandomAccess,
  offset: number,
  signal?: AbortSignal,
): Promise<TsTime | undefined> {
  let at = align(offset);
  for (let i = 0; i < WINDOWS_MAX && at < source.size; i++) {
    const bytes = await source.read(at, WINDOW_BYTES, signal);
    for (let p = 0; p + TS_PACKET_BYTES <= bytes.length; p += TS_PACKET_BYTES) {
      const pts = soundTime(bytes.subarray(p, p + TS_PACKET_BYTES));
      if (pts !== undefined) return { ms: pts / 90, offset: at + p };
    }
    at = align(at + bytes.length - bytes.length % TS_PACKET_BYTES);
    if (bytes.length < TS_PACKET_BYTES) break;
  }
  return undefined;
}

/** The last time of the file; `undefined` when its end has none. */
export async function lastTime(
  source: RandomAccess,
  signal?: AbortSignal,
): Promise<TsTime | undefined> {
  let end = source.size;
  for (let i = 0; i < WINDOWS_MAX && end > 0; i++) {
    const at = align(Math.max(0, end - WINDOW_BYTES));
    const bytes = await source.read(at, end - at, signal);
    let found: TsTime | undefined;
    for (let p = 0; p + TS_PACKET_BYTES <= bytes.length; p += TS_PACKET_BYTES) {
      const pts = soundTime(bytes.subarray(p, p + TS_PACKET_BYTES));
      if (pts !== undefined) found = { ms: pts / 90, offset: at + p };
    }
    if (found !== undefined) return found;
    end = at;
  }
  return undefined;
}

/**
 * Where to read from to hear a time: the last place found before it.
 *
 * @param first where the file begins
 * @param wantedMs after that beginning
 */
export async function locateTs(
  source: RandomAccess,
  first: TsTime,
  wantedMs: number,
  signal?: AbortSignal,
): Promise<number> {
  let low = first.offset;
  let high = source.size;
  for (let i = 0; i < STEPS_MAX && high - low > WINDOW_BYTES; i++) {
    const middle = align((low + high) / 2);
    const found = await timeFrom(source, middle, signal);
    const isBefore = found !== undefined && since(first, found) <= wantedMs;
    if (!isBefore) high = middle;
    else if (found.offset <= low) break;
    else low = found.offset;
    if (isBefore && found.offset >= high) high = found.offset;
  }
  return low;
}

/** Milliseconds from one time to a later one, whatever wraps between. */
export function since(first: TsTime, later: TsTime): number {
  const ms = later.ms - first.ms;
  return ms < 0 ? ms + WRAP / 90 : ms;
}

/** The next whole packet's offset, for files that begin with one. */
function align(offset: number): number {
  return Math.ceil(offset / TS_PACKET_BYTES) * TS_PACKET_BYTES;
}

/** The presentation time of a packet that begins a PES packet of sound. */
function soundTime(packet: Uint8Array): number | undefined {
  if (packet[0] !== 0x47 || (packet[1]! & 0xc0) !== 0x40) return undefined;
  const at = (packet[3]! & 0x20) === 0 ? 4 : 5 + packet[4]!;
  if (at + 14 > packet.length) return undefined;
  const isPes = packet[at] === 0 && packet[at + 1] === 0 &&
    packet[at + 2] === 1;
  const id = packet[at + 3]!;
  const isSound = (id & 0xe0) === 0xc0 || id === 0xbd;
  if (!isPes || !isSound || (packet[at + 7]! & 0x80) === 0) return undefined;
  const [a, b, c, d, e] = packet.subarray(
    at + 9,
    at + 14,
  ) as unknown as number[];
  return ((a! >> 1) & 7) * 2 ** 30 + (b! << 22) + ((c! >> 1) << 15) +
    (d! << 7) + (e! >> 1);
}
