/**
 * Times in an MPEG-TS file without reading it: timestamps stand in the packets
 * (ISO 13818-1, 2.4.3.6), so a few reads lead to any of them, and to the end.
 *
 * @module
 */
import type { RandomAccess } from "../random_access.ts";
import { timestamp } from "./pes_reader.ts";

/** Bytes of a packet. */
export const TS_PACKET_BYTES = 188;
/** Bytes read at a place: pictures of a film are up to 100 KiB apart. */
const WINDOW_BYTES = 16 * 1024;
/** Windows looked through before a place is given up: 4 MiB. */
const WINDOWS_MAX = 256;
const STEPS_MAX = 24;
/** A place this near before the time is near enough, in ms: 200 KB of 8 Mbit/s. */
const NEAR_MS = 200;
/** Timestamps have 33 bits at 90 kHz. */
const WRAP = 2 ** 33;
const SYNC = 0x47;

/** Whose timestamps are looked at: those of the sound, or of a film that has none. */
export type TsClockKind = "sound" | "film";

/** A timestamp and where it stands. */
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
  kind: TsClockKind,
  signal?: AbortSignal,
): Promise<TsTime | undefined> {
  let at = offset;
  for (let i = 0; i < WINDOWS_MAX && at < source.size; i++) {
    const bytes = await source.read(at, WINDOW_BYTES, signal);
    const { times, end } = timesIn(bytes, kind);
    const [first] = times;
    if (first) return { ms: first.ms, offset: at + first.offset };
    if (end === 0) break;
    at += end;
  }
  return undefined;
}

/** The last time of the file; `undefined` when its end has none. */
export async function lastTime(
  source: RandomAccess,
  kind: TsClockKind,
  signal?: AbortSignal,
): Promise<TsTime | undefined> {
  let end = source.size;
  for (let i = 0; i < WINDOWS_MAX && end > 0; i++) {
    const at = Math.max(0, end - WINDOW_BYTES);
    // A packet more, so that none is cut at the end.
    const bytes = await source.read(at, end - at + TS_PACKET_BYTES, signal);
    const last = timesIn(bytes, kind).times.at(-1);
    if (last) return { ms: last.ms, offset: at + last.offset };
    end = at;
  }
  return undefined;
}

/** The times in some bytes, and where their last whole packet ends. */
function timesIn(
  bytes: Uint8Array,
  kind: TsClockKind,
): { times: TsTime[]; end: number } {
  const times: TsTime[] = [];
  let at = nextPacket(bytes, 0);
  for (; at + TS_PACKET_BYTES <= bytes.length;) {
    const end = at + TS_PACKET_BYTES;
    if (end < bytes.length && bytes[end] !== SYNC) {
      at = nextPacket(bytes, at + 1);
      continue;
    }
    const pts = timeOf(bytes.subarray(at, end), kind);
    if (pts !== undefined) times.push({ ms: pts / 90, offset: at });
    at = end;
  }
  return { times, end: Math.min(at, bytes.length) };
}

/** Where a packet begins that another one follows. */
function nextPacket(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(SYNC, from); at >= 0;) {
    const end = at + TS_PACKET_BYTES;
    if (end >= bytes.length || bytes[end] === SYNC) return at;
    at = bytes.indexOf(SYNC, at + 1);
  }
  return bytes.length;
}

/**
 * Where to read from to hear a time: a place found shortly before it. By
 * proportion, as most files have about the same rate all over.
 *
 * @param first where the file begins
 * @param last where it ends, if that is known
 * @param wantedMs after that beginning
 */
export async function locateTs(
  source: RandomAccess,
  first: TsTime,
  last: TsTime | undefined,
  wantedMs: number,
  kind: TsClockKind,
  signal?: AbortSignal,
): Promise<number> {
  let low = { offset: first.offset, ms: 0 };
  let high = { offset: source.size, ms: last ? since(first, last) : Infinity };
  for (let i = 0; i < STEPS_MAX && wantedMs - low.ms > NEAR_MS; i++) {
    const room = high.offset - low.offset;
    if (room <= WINDOW_BYTES) break;
    const share = Number.isFinite(high.ms)
      ? (wantedMs - NEAR_MS / 2 - low.ms) / Math.max(1, high.ms - low.ms)
      : 0.5;
    // Every third step halves what is left, whatever the rate does.
    const part = i % 3 === 2 ? 0.5 : Math.min(0.98, Math.max(0.02, share));
    const middle = low.offset + Math.floor(room * part);
    const found = await timeFrom(source, middle, kind, signal);
    const ms = found === undefined ? Infinity : since(first, found);
    if (ms <= wantedMs && found!.offset > low.offset) {
      low = { offset: found!.offset, ms };
    } else high = { offset: middle, ms: Math.min(ms, high.ms) };
  }
  return low.offset;
}

/** Milliseconds from one time to a later one, whatever wraps between. */
export function since(first: TsTime, later: TsTime): number {
  const ms = later.ms - first.ms;
  return ms < 0 ? ms + WRAP / 90 : ms;
}

/** The presentation time of a packet that begins a PES packet of the kind. */
function timeOf(packet: Uint8Array, kind: TsClockKind): number | undefined {
  if (packet[0] !== 0x47 || (packet[1]! & 0xc0) !== 0x40) return undefined;
  const at = (packet[3]! & 0x20) === 0 ? 4 : 5 + packet[4]!;
  if (at + 14 > packet.length) return undefined;
  const isPes = packet[at] === 0 && packet[at + 1] === 0 &&
    packet[at + 2] === 1;
  const id = packet[at + 3]!;
  const isKind = kind === "film"
    ? (id & 0xf0) === 0xe0
    : (id & 0xe0) === 0xc0 || id === 0xbd;
  if (!isPes || !isKind || (packet[at + 7]! & 0x80) === 0) return undefined;
  return timestamp(packet, at + 9);
}
