/**
 * Cuts a byte stream into MPEG audio frames.
 *
 * A frame is believed when the next thing begins where it ends: another header
 * of the same stream, a tag, or the end of the file. Where that fails, the
 * framer looks for the next place that holds; a frame that would overlap that
 * place was damaged and is dropped, one that ends before it is whole and kept.
 * So after any damage every good frame comes out, and nothing else does but
 * damage that kept its length.
 *
 * Rules of this file: pushing is synchronous and pure; each byte is looked at a
 * bounded number of times; at most two frames and one tag head are buffered. A
 * tag is stepped over without buffering: `skippable` says how many bytes the
 * caller may leave out. The first frame (a stream nobody vouches for) needs
 * three headers in a row, later ones two. Frames of another sampling rate,
 * layer or number of channels are not this stream's and are skipped.
 *
 * Leaves to others: where to read (`locate.ts`), what the frames mean for a
 * mount (`track.ts`).
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import {
  ID3V1_BYTES,
  mayBeTag,
  TAG_HEAD_BYTES,
  tagBytes,
} from "../tags/tag_bytes.ts";
import {
  HEADER_BYTES,
  type Mp3Header,
  parseMp3Header,
  sameStream,
} from "./header.ts";
import {
  isInnerVbrHeader,
  parseVbrHeader,
  type VbrHeader,
} from "./vbr_header.ts";

/** A whole frame, a view on the bytes that were pushed. */
export interface Mp3Frame {
  /** What its header says. */
  header: Mp3Header;
  /** The bytes, header included. */
  data: Uint8Array;
  /** Offset of the first byte in the file. */
  offset: number;
}

/** What the framer knows about where it stands. */
export interface Mp3FramerOptions {
  /** Offset in the file of the first byte that will be pushed. Default 0. */
  offset?: number;
  /** Length of the file: a tag that claims to pass it is none. Default: unknown. */
  size?: number;
  /** A header of the stream, known from elsewhere: others are skipped. */
  reference?: Mp3Header;
}

/** Headers in a row that make an unknown stream: this one and two after it. */
const FIRST_CHAIN = 2;
/** Headers in a row that make a known stream: this one and the next. */
const LATER_CHAIN = 1;

/** What stands at a place where a frame or tag should begin. */
type Boundary = "frame" | "tag" | "end" | "none" | "unknown";
/** Whether a header is borne out by what follows it. */
type Verdict = "yes" | "no" | "unknown";

/** Push parser: bytes in, frames out. */
export class Mp3Framer {
  #buffer: Uint8Array = new Uint8Array(0);
  /** Where we stand in the buffer. */
  #at = 0;
  /** Offset in the file of the buffer's first byte. */
  #base: number;
  /** Bytes still to come that belong to a tag; only with nothing left in the buffer. */
  #skip = 0;
  /** Whether all bytes have come. */
  #final = false;
  /** Whether we lost the thread and look for the next place that holds. */
  #searching = false;
  /** A whole frame with nothing at its end: kept until we know what overlaps it. */
  #doubtful: Mp3Frame | undefined;
  #reference: Mp3Header | undefined;
  #first: boolean;
  #vbr: VbrHeader | undefined;
  readonly #size: number;

  /** Expects a stream from its first byte, or from anywhere in it. */
  constructor(options: Mp3FramerOptions = {}) {
    this.#base = options.offset ?? 0;
    this.#size = options.size ?? Infinity;
    this.#reference = options.reference;
    this.#first = options.reference === undefined;
  }

  /** The Xing, Info or VBRI note of the file, once the first frame has come. */
  get vbr(): VbrHeader | undefined {
    return this.#vbr;
  }

  /** How many of the bytes that come next belong to a tag and may be left out. */
  get skippable(): number {
    return this.#skip;
  }

  /**
   * Says that `count` of the skippable bytes were left out.
   *
   * @throws RangeError when that is more than are skippable
   */
  skip(count: number): void {
    if (count > this.#skip) {
      throw new RangeError(
        `Cannot skip ${count} bytes: only ${this.#skip} may be left out`,
      );
    }
    this.#skip -= count;
    this.#base += count;
  }

  /** Takes the next bytes, of any number, and returns the frames they complete. */
  push(chunk: Uint8Array): Mp3Frame[] {
    const skipped = Math.min(this.#skip, chunk.length);
    this.skip(skipped);
    const fresh = chunk.subarray(skipped);
    const rest = this.#buffer.subarray(this.#at);
    this.#base += this.#at;
    this.#at = 0;
    this.#buffer = rest.length === 0 ? fresh : concatBytes([rest, fresh]);
    return this.#drain();
  }

  /** Says that no more bytes come, and returns the last frames. */
  finish(): Mp3Frame[] {
    this.#final = true;
    return this.#drain();
  }

  #drain(): Mp3Frame[] {
    const frames: Mp3Frame[] = [];
    while (this.#searching ? this.#search(frames) : this.#advance(frames));
    return frames;
  }

  /** One step where a frame or tag should begin; false when more bytes are needed. */
  #advance(frames: Mp3Frame[]): boolean {
    switch (this.#boundary(this.#at, this.#reference)) {
      case "frame":
        return this.#takeFrame(frames);
      case "tag":
        return this.#stepOverTag();
      case "none":
        this.#searching = true;
        return true;
      case "end":
        this.#at = this.#buffer.length;
        return false;
      case "unknown":
        return false;
    }
  }

  #takeFrame(frames: Mp3Frame[]): boolean {
    const header = parseMp3Header(this.#buffer, this.#at)!;
    const verdict = this.#verdict(this.#at, header);
    if (verdict === "unknown") return false;
    const end = this.#at + header.bytes;
    if (verdict === "yes") {
      this.#emit(this.#frameAt(this.#at, header), frames);
      this.#at = end;
      return true;
    }
    // An unknown stream must prove itself; a known one gets the benefit of the doubt.
    if (!this.#first && end <= this.#buffer.length) {
      this.#doubtful = this.#frameAt(this.#at, header);
    }
    this.#at++;
    this.#searching = true;
    return true;
  }

  /** Walks on to the next place that holds; false when more bytes are needed. */
  #search(frames: Mp3Frame[]): boolean {
    for (; this.#at + HEADER_BYTES <= this.#buffer.length; this.#at++) {
      if (!mayBegin(this.#buffer, this.#at)) continue;
      const found = this.#holdsAt(this.#at);
      if (found === "unknown") return false;
      if (found === "no") continue;
      this.#settleDoubt(frames);
      this.#searching = false;
      return true;
    }
    if (!this.#final) return false;
    this.#at = this.#buffer.length;
    this.#settleDoubt(frames);
    this.#searching = false;
    return false;
  }

  #holdsAt(at: number): Verdict {
    switch (this.#boundary(at, this.#reference)) {
      case "frame":
        return this.#verdict(at, parseMp3Header(this.#buffer, at)!);
      case "tag":
        return "yes";
      case "unknown":
        return "unknown";
      default:
        return "no";
    }
  }

  /** The doubtful frame is whole if it ends before the place where we stand. */
  #settleDoubt(frames: Mp3Frame[]): void {
    const doubtful = this.#doubtful;
    this.#doubtful = undefined;
    if (doubtful === undefined) return;
    const end = doubtful.offset + doubtful.data.length;
    if (end <= this.#base + this.#at) this.#emit(doubtful, frames);
  }

  #frameAt(at: number, header: Mp3Header): Mp3Frame {
    return {
      header,
      data: this.#buffer.subarray(at, at + header.bytes),
      offset: this.#base + at,
    };
  }

  #emit(frame: Mp3Frame, frames: Mp3Frame[]): void {
    if (this.#first) {
      this.#first = false;
      this.#reference = frame.header;
      this.#vbr = parseVbrHeader(frame.data, frame.header);
      if (this.#vbr === undefined) frames.push(frame);
    } else if (!isInnerVbrHeader(frame.data, frame.header)) {
      frames.push(frame);
    }
  }

  #stepOverTag(): boolean {
    const bytes = this.#tagBytes(this.#at)!;
    const here = Math.min(bytes, this.#buffer.length - this.#at);
    this.#at += here;
    this.#skip = bytes - here;
    return true;
  }

  /** Whether enough of what follows `header` bears it out. */
  #verdict(at: number, header: Mp3Header): Verdict {
    let links = this.#first ? FIRST_CHAIN : LATER_CHAIN;
    for (let next = header, place = at;; links--) {
      place += next.bytes;
      const boundary = this.#boundary(place, header);
      if (boundary === "unknown" || boundary === "none") {
        return boundary === "none" ? "no" : "unknown";
      }
      if (boundary !== "frame" || links === 1) return "yes";
      next = parseMp3Header(this.#buffer, place)!;
    }
  }

  /** What begins at `at`, for a stream of which `reference` is a header. */
  #boundary(at: number, reference: Mp3Header | undefined): Boundary {
    const left = this.#buffer.length - at;
    if (left < HEADER_BYTES) return this.#shortBoundary(left);
    const header = parseMp3Header(this.#buffer, at);
    if (header !== undefined) {
      return reference === undefined || sameStream(header, reference)
        ? "frame"
        : "none";
    }
    if (!mayBeTag(this.#buffer, at)) return "none";
    if (this.#tagBytes(at) !== undefined) return "tag";
    return left < TAG_HEAD_BYTES && !this.#final ? "unknown" : "none";
  }

  /** Fewer bytes than a header: the end, unless more come; a frame may lack its own. */
  #shortBoundary(left: number): Boundary {
    if (!this.#final) return "unknown";
    return left < 0 ? "none" : "end";
  }

  /** Length of the tag at `at`, unless it claims more than the file has. */
  #tagBytes(at: number): number | undefined {
    const bytes = tagBytes(this.#buffer, at);
    if (bytes === undefined) return undefined;
    const end = this.#base + at + bytes;
    // ID3v1 is three letters only: among garbage it counts at the file's end.
    const weak = bytes === ID3V1_BYTES && this.#searching;
    return end === this.#size || (end < this.#size && !weak)
      ? bytes
      : undefined;
  }
}

/** Quick look: a sync byte or the first letter of a tag. */
function mayBegin(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff || mayBeTag(bytes, at);
}
