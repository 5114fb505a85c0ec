/**
 * The first frame of most MP3 files is no sound but a note to players: Xing or
 * Info (the same thing for variable and constant rate), with LAME's extension,
 * or Fraunhofer's VBRI. It says how many frames follow, where hundredths of the
 * file lie, and how much silence the encoder put before and after.
 *
 * Layouts: Xing's "XHEADVBR" sources and LAME's `VbrTag.c`; VBRI: Fraunhofer's
 * "dlfvbrsdk". Such a frame decodes to silence and must not be played (it opens
 * a gap of one frame at every joint), so the framer keeps it out of the packets.
 *
 * @module
 */
import { hasAscii, u16be, u32be } from "../bytes.ts";
import { type Mp3Header, sideInfoBytes } from "./header.ts";

/** What the note says. Everything is a claim: callers check it against the file. */
export interface VbrHeader {
  /** Which writer: Xing for variable rates, Info for constant ones, VBRI. */
  kind: "xing" | "info" | "vbri";
  /** Frames of sound that follow, more than 0. */
  frames?: number;
  /** Bytes from this frame's first to the last of sound, more than 0. */
  bytes?: number;
  /**
   * Points on the way, rising: `toc[i]` is the share of the bytes (0 to 1) that
   * lies before share `i / toc.length` of the play time.
   */
  toc?: number[];
  /** Frames the table covers, where that is not `frames` (VBRI rounds up). */
  tocFrames?: number;
  /** Samples of silence LAME put before the first one of sound. */
  delaySamples?: number;
  /** Samples of silence LAME put after the last one of sound. */
  paddingSamples?: number;
}

/** VBRI stands at a fixed place, whatever the channels. */
const VBRI_OFFSET = 4 + 32;
const TOC_POINTS = 100;
/** From LAME's extension to its three bytes of delay and padding. */
const LAME_DELAY_OFFSET = 21;

/** The note in a frame, or `undefined` when it is an ordinary frame. */
export function parseVbrHeader(
  frame: Uint8Array,
  header: Mp3Header,
): VbrHeader | undefined {
  if (header.layer !== 3) return undefined;
  // Writers disagree whether the two bytes of CRC move the note: look at both.
  const places = new Set([4, header.crc ? 6 : 4]);
  for (const place of places) {
    const at = place + sideInfoBytes(header);
    if (hasAscii(frame, at, "Xing")) return parseXing(frame, at, "xing");
    if (hasAscii(frame, at, "Info")) return parseXing(frame, at, "info");
  }
  return hasAscii(frame, VBRI_OFFSET, "VBRI") ? parseVbri(frame) : undefined;
}

/**
 * Whether a frame in the middle of a file is such a note (files joined by
 * `cat`). Stricter than at the start, where nothing else is likely: the side
 * information must be zeros, which sound never has together with these letters.
 */
export function isInnerVbrHeader(
  frame: Uint8Array,
  header: Mp3Header,
): boolean {
  const end = Math.min(frame.length, 4 + sideInfoBytes(header));
  for (let i = 4; i < end; i++) if (frame[i] !== 0) return false;
  return parseVbrHeader(frame, header) !== undefined;
}

function parseXing(
  frame: Uint8Array,
  start: number,
  kind: "xing" | "info",
): VbrHeader {
  const flags = u32be(frame, start + 4);
  const note: VbrHeader = { kind };
  let at = start + 8;
  if (flags & 1) at = readCount(note, "frames", frame, at);
  if (flags & 2) at = readCount(note, "bytes", frame, at);
  if (flags & 4) at = readToc(note, frame, at);
  if (flags & 8) at += 4;
  readLame(note, frame, at);
  return note;
}

function readCount(
  note: VbrHeader,
  field: "frames" | "bytes",
  frame: Uint8Array,
  at: number,
): number {
  const value = u32be(frame, at);
  if (value > 0) note[field] = value;
  return at + 4;
}

function readToc(note: VbrHeader, frame: Uint8Array, at: number): number {
  const end = at + TOC_POINTS;
  if (end > frame.length) return end;
  keepToc(note, Array.from(frame.subarray(at, end), (byte) => byte / 256));
  return end;
}

/** A table that falls anywhere, or says nothing, is a broken one. */
function keepToc(note: VbrHeader, toc: number[]): void {
  const rises = toc.every((x, i) => x <= 1 && (i === 0 || x >= toc[i - 1]!));
  if (rises && toc.length > 1 && toc.at(-1)! > 0) note.toc = toc;
}

/** Delay and padding, where a writer that fills them in has signed. */
function readLame(note: VbrHeader, frame: Uint8Array, at: number): void {
  const signed = ["LAME", "Lavf", "Lavc"].some((x) => hasAscii(frame, at, x));
  const place = at + LAME_DELAY_OFFSET;
  if (!signed || place + 3 > frame.length) return;
  note.delaySamples = u16be(frame, place) >>> 4;
  note.paddingSamples = u16be(frame, place + 1) & 0xfff;
}

function parseVbri(frame: Uint8Array): VbrHeader {
  const note: VbrHeader = { kind: "vbri" };
  readCount(note, "bytes", frame, VBRI_OFFSET + 10);
  readCount(note, "frames", frame, VBRI_OFFSET + 14);
  const entries = readVbriEntries(frame);
  if (entries === undefined || note.bytes === undefined) return note;
  const toc = [0];
  for (const entry of entries.slice(0, -1)) {
    toc.push(toc.at(-1)! + entry / note.bytes);
  }
  keepToc(note, toc);
  note.tocFrames = entries.length * u16be(frame, VBRI_OFFSET + 24);
  return note;
}

/** Bytes of each stretch of the file, all stretches equally long in time. */
function readVbriEntries(frame: Uint8Array): number[] | undefined {
  const count = u16be(frame, VBRI_OFFSET + 18);
  const scale = u16be(frame, VBRI_OFFSET + 20);
  const size = u16be(frame, VBRI_OFFSET + 22);
  const start = VBRI_OFFSET + 26;
  if (count === 0 || size < 1 || size > 4) return undefined;
  if (start + count * size > frame.length) return undefined;
  return Array.from({ length: count }, (_, i) => {
    let value = 0;
    for (let j = 0; j < size; j++) {
      value = value * 256 + frame[start + i * size + j]!;
    }
    return value * scale;
  });
}
