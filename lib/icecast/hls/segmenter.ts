/**
 * A mount's chunks as HLS segments in memory: cut where a player may start, the
 * last few listed, a few more kept for players that are slow (RFC 8216, 6.2.2).
 * Pure: time comes with the chunks.
 *
 * Players ask for the playlist as seldom as a segment may be long, and begin three
 * times that before its end (RFC 8216, 6.3), so that length is kept short: as the
 * places to start at of the first segment want it. It must never change; later
 * items that have them farther apart are cut between them.
 *
 * @module
 */
import {
  HLS_BYTES_MAX,
  HLS_FIRST_SEGMENT_MS,
  HLS_SEGMENT_MS,
  HLS_SEGMENT_MS_MAX,
  HLS_SEGMENTS_KEPT,
  HLS_SEGMENTS_LISTED,
} from "../../limits.ts";
import type { MountChunk } from "../../media/packet.ts";

/** One segment. */
export interface Segment {
  /** Its media sequence number, from 0. */
  number: number;
  /** Its bytes. */
  data: Uint8Array;
  /** How long it plays, in ms. */
  durationMs: number;
  /** When its first packet plays, in ms since the epoch. */
  atMs: number;
  /** What is on in it. */
  title: string;
  /** Whether a decoder begins anew with it. */
  isChange: boolean;
  /** What a decoder must read first, where it does not stand in the segment itself. */
  init?: InitSegment;
}

/** What stands in front of segments of MP4. */
export interface InitSegment {
  /** Counts them, from 0. */
  number: number;
  /** Its bytes. */
  data: Uint8Array;
}

/** Segments made at a shorter length, so that the first player starts soon. */
const SHORT_SEGMENTS = 3;

/** Cuts and keeps. */
export class Segmenter {
  #segments: Segment[] = [];
  #bytes = 0;
  #next = 0;
  #parts: Uint8Array[] = [];
  #durationMs = 0;
  #atMs = 0;
  #title = "";
  #partsTitle = "";
  #isChange = false;
  #changesGone = 0;
  #targetMs: number | undefined;
  /** Since the last place where a player may start, and the most between two. */
  #apartMs = 0;
  #apartMsMax = 0;
  /** Of the chunks that come. */
  #init: InitSegment | undefined;
  /** Of the segment that is being made. */
  #partsInit: InitSegment | undefined;

  /** Every segment kept, the oldest first. */
  get kept(): readonly Segment[] {
    return this.#segments;
  }

  /** The segments a playlist names. */
  get listed(): readonly Segment[] {
    return this.#segments.slice(-HLS_SEGMENTS_LISTED);
  }

  /** How long a segment may be, a whole number of seconds; fixed with the first one. */
  get targetMs(): number {
    return this.#targetMs ?? HLS_SEGMENT_MS_MAX;
  }

  /** How many changes lie before the first one listed. */
  get changesBefore(): number {
    const first = this.listed[0]?.number ?? 0;
    const gone = this.#segments.filter((x) => x.isChange && x.number < first);
    return this.#changesGone + gone.length;
  }

  /** A segment by number; `undefined` for one that is gone or not made yet. */
  segment(number: number): Segment | undefined {
    return this.#segments.find((x) => x.number === number);
  }

  /** An init segment by number; `undefined` for one that no segment needs any more. */
  init(number: number): InitSegment | undefined {
    const all = [...this.#segments.map(({ init }) => init), this.#init];
    return all.find((x) => x?.number === number);
  }

  /**
   * Adds a chunk.
   *
   * @param atMs when it plays, in ms since the epoch
   */
  push(chunk: MountChunk, atMs: number): void {
    if (chunk.header !== undefined) this.#apartMs = 0;
    if (this.#mustCut(chunk)) this.#cut();
    if (chunk.title !== undefined) this.#title = chunk.title;
    this.#takeInit(chunk.header);
    if (this.#parts.length === 0) {
      this.#partsInit = this.#init;
      this.#atMs = atMs;
      this.#partsTitle = this.#title;
      this.#isChange = chunk.changed === true;
    }
    this.#parts.push(chunk.data);
    this.#durationMs += chunk.durationMs;
    this.#apartMs += chunk.durationMs;
    this.#apartMsMax = Math.max(this.#apartMsMax, this.#apartMs);
  }

  #takeInit(header: Uint8Array | undefined): void {
    if (header === undefined || header.length === 0) return;
    if (header === this.#init?.data) return;
    this.#init = { number: (this.#init?.number ?? -1) + 1, data: header };
  }

  #mustCut(chunk: MountChunk): boolean {
    if (this.#parts.length === 0) return false;
    const withIt = this.#durationMs + chunk.durationMs;
    if (chunk.changed || withIt > this.targetMs) return true;
    const wantedMs = this.#next < SHORT_SEGMENTS
      ? HLS_FIRST_SEGMENT_MS
      : HLS_SEGMENT_MS;
    return chunk.header !== undefined && this.#durationMs >= wantedMs;
  }

  #cut(): void {
    this.#targetMs ??= Math.min(
      HLS_SEGMENT_MS_MAX,
      Math.ceil((HLS_SEGMENT_MS + this.#apartMsMax) / 1000) * 1000,
    );
    const data = joined(this.#parts);
    this.#segments.push({
      number: this.#next++,
      data,
      durationMs: this.#durationMs,
      atMs: this.#atMs,
      title: this.#partsTitle,
      isChange: this.#isChange,
      ...(this.#partsInit && { init: this.#partsInit }),
    });
    this.#bytes += data.length;
    this.#parts = [];
    this.#durationMs = 0;
    this.#forget();
  }

  #forget(): void {
    while (
      this.#segments.length > HLS_SEGMENTS_KEPT ||
      (this.#bytes > HLS_BYTES_MAX && this.#segments.length > 1)
    ) {
      const gone = this.#segments.shift()!;
      this.#bytes -= gone.data.length;
      if (gone.isChange) this.#changesGone++;
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
