/**
 * Finds FLAC frames in any bytes: pieces in, whole frames with the right
 * checksum out, rubbish between them skipped. A frame does not tell its length:
 * it ends where the next header or the file's end makes its checksum right.
 *
 * @module
 */
import { FLAC_FRAME_BYTES_MAX } from "../../limits.ts";
import { concatBytes } from "../bytes.ts";
import {
  FLAC_HEADER_BYTES_MAX,
  type FlacHeader,
  isWholeFlacFrame,
  parseFlacHeader,
} from "./frame.ts";

/** Bytes of the checksum at the end of a frame. */
const CHECKSUM_BYTES = 2;

/** A frame. */
export interface FlacFrame {
  /** Its header. */
  header: FlacHeader;
  /** All of its bytes. */
  data: Uint8Array;
  /** Where it begins in the file. */
  offset: number;
}

/** Push parser; never throws. */
export class FlacFramer {
  #buffer: Uint8Array = new Uint8Array(0);
  #offset: number;
  /** Where in the buffer the search for the frame's end goes on. */
  #searched = 0;

  /** @param offset of the first byte that is pushed */
  constructor(offset: number) {
    this.#offset = offset;
  }

  /** Takes the next bytes and returns the frames they complete. */
  push(chunk: Uint8Array): FlacFrame[] {
    this.#buffer = this.#buffer.length === 0
      ? chunk
      : concatBytes([this.#buffer, chunk]);
    return this.#take(false);
  }

  /** Says that no more bytes come. */
  finish(): FlacFrame[] {
    return this.#take(true);
  }

  #take(isEnd: boolean): FlacFrame[] {
    const frames: FlacFrame[] = [];
    while (this.#align(isEnd)) {
      const header = parseFlacHeader(this.#buffer, 0)!;
      const end = this.#findEnd(header.bytes + CHECKSUM_BYTES, isEnd);
      if (end === "unknown") break;
      if (end === "none") {
        this.#drop(1);
        continue;
      }
      frames.push({
        header,
        data: this.#buffer.subarray(0, end),
        offset: this.#offset,
      });
      this.#drop(end);
    }
    return frames;
  }

  /** Drops what stands before the next header; false where more bytes are wanted. */
  #align(isEnd: boolean): boolean {
    const bytes = this.#buffer;
    let at = nextSync(bytes, 0);
    while (at < bytes.length) {
      if (at + FLAC_HEADER_BYTES_MAX > bytes.length && !isEnd) break;
      if (parseFlacHeader(bytes, at) !== undefined) break;
      at = nextSync(bytes, at + 1);
    }
    if (at > 0) this.#drop(at);
    return this.#buffer.length >= FLAC_HEADER_BYTES_MAX ||
      (isEnd && this.#buffer.length > 0);
  }

  #findEnd(from: number, isEnd: boolean): number | "unknown" | "none" {
    const bytes = this.#buffer;
    let at = nextSync(bytes, Math.max(this.#searched, from));
    for (; at < bytes.length; at = nextSync(bytes, at + 1)) {
      if (at + FLAC_HEADER_BYTES_MAX > bytes.length && !isEnd) break;
      const isHeader = parseFlacHeader(bytes, at) !== undefined;
      if (isHeader && isWholeFlacFrame(bytes, 0, at)) return at;
      if (at > FLAC_FRAME_BYTES_MAX) return "none";
    }
    this.#searched = Math.min(at, bytes.length);
    if (bytes.length > FLAC_FRAME_BYTES_MAX) return "none";
    if (!isEnd) return "unknown";
    return isWholeFlacFrame(bytes, 0, bytes.length) ? bytes.length : "none";
  }

  #drop(count: number): void {
    this.#buffer = this.#buffer.subarray(count);
    this.#offset += count;
    this.#searched = 0;
  }
}

function nextSync(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && at + 1 < bytes.length && (bytes[at + 1]! & 0xfe) !== 0xf8) {
    at = bytes.indexOf(0xff, at + 1);
  }
  return at < 0 ? bytes.length : at;
}
