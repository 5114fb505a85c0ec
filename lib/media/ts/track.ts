/**
 * An MPEG-TS file as a track: read by mediabunny, which walks from the start;
 * so for a time in the middle it is given a shorter file, made of the tables at
 * the beginning and what follows that time.
 *
 * @module
 */
import { openBunny } from "../bunny/track.ts";
import { concatBytes } from "../bytes.ts";
import type { OpenOptions } from "../open.ts";
import type { Track } from "../packet.ts";
import type { RandomAccess } from "../random_access.ts";
import {
  lastTime,
  locateTs,
  since,
  timeFrom,
  TS_PACKET_BYTES,
} from "./locate.ts";

/** Bytes at the start in which the tables stand. */
const TABLES_BYTES = 64 * 1024;

/**
 * Opens an MPEG-TS file at a time.
 *
 * @throws AlluviumError `media-rejected` when there is no sound we can play
 * @throws whatever the source throws
 */
export async function openTs(
  source: RandomAccess,
  start: unknown,
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const first = await timeFrom(source, 0, signal);
  const last = first && await lastTime(source, signal);
  if (first === undefined || last === undefined) {
    return await openBunny(source, start, options);
  }
  const durationMs = since(first, last);
  const clock = { originMs: first.ms, durationMs };
  if (startMs === 0) return await openBunny(source, clock, options);
  const offset = await locateTs(source, first, startMs, signal);
  const tables = await readTables(source, signal);
  return await openBunny(joined(tables, source, offset), clock, options);
}

/** The packets of the tables (PAT and PMT) at the start of the file. */
async function readTables(
  source: RandomAccess,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = await source.read(0, TABLES_BYTES, signal);
  const tables: Uint8Array[] = [];
  let pmt: number | undefined;
  for (
    let at = 0;
    at + TS_PACKET_BYTES <= bytes.length;
    at += TS_PACKET_BYTES
  ) {
    const packet = bytes.subarray(at, at + TS_PACKET_BYTES);
    const pid = ((packet[1]! & 31) << 8) | packet[2]!;
    if (pid !== 0 && pid !== pmt) continue;
    if (pid === 0) pmt = programmeMap(packet) ?? pmt;
    tables.push(packet);
    if (pid === pmt && tables.length > 1) break;
  }
  return concatBytes(tables);
}

/** PID of the first programme's map, as the PAT says (ISO 13818-1, 2.4.4.3). */
function programmeMap(pat: Uint8Array): number | undefined {
  const start = (pat[3]! & 0x20) === 0 ? 4 : 5 + pat[4]!;
  const section = start + 1 + (pat[start] ?? 0);
  for (let at = section + 8; at + 4 <= TS_PACKET_BYTES; at += 4) {
    const number = (pat[at]! << 8) | pat[at + 1]!;
    if (number !== 0) return ((pat[at + 2]! & 31) << 8) | pat[at + 3]!;
  }
  return undefined;
}

/** Some bytes, and the file from an offset on behind them. */
function joined(
  head: Uint8Array,
  source: RandomAccess,
  offset: number,
): RandomAccess {
  const size = head.length + source.size - offset;
  return {
    size,
    async read(from, length, signal) {
      const end = Math.min(size, from + length);
      if (end <= head.length) return head.subarray(from, end);
      const start = Math.max(from, head.length);
      const rest = await source.read(
        start - head.length + offset,
        end - start,
        signal,
      );
      return start === from ? rest : concatBytes([head.subarray(from), rest]);
    },
  };
}
