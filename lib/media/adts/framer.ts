/**
 * Finds AAC frames in any bytes: pieces of any size in, whole frames out, rubbish
 * between them skipped. A frame counts when the next one follows it directly
 * with the same parameters, or the file ends there.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import { type AdtsHeader, parseAdts } from "./header.ts";

/** A frame and where it stands. */
export interface AdtsFrame {
  /** Its header. */
  header: AdtsHeader;
  /** Offset of the header in the file. */
  offset: number;
  /** The frame without its header: what a decoder takes. */
  data: Uint8Array;
}

/** Bytes that a header needs to be judged. */
const HEADER_BYTES = 7;

/** Push parser; never throws. */
export class AdtsFramer {
  #buffer: Uint8Array = new Uint8Array(0);
  #offset: number;
  /** Whether the last frame ended where the next one must begin. */
  #synced = false;
  #reference: AdtsHeader | undefined;

  /**
   * @param offset of the first byte that is pushed
   * @param reference a frame of the same stream, where one is known
   */
  constructor(offset: number, reference?: AdtsHeader) {
    this.#offset = offset;
    this.#reference = reference;
  }

  /** Takes the next bytes and returns the frames they complete. */
  push(chunk: Uint8Array): AdtsFrame[] {
    this.#buffer = this.#buffer.length === 0
      ? chunk
      : concatBytes([this.#buffer, chunk]);
    return this.#take(false);
  }

  /** Says that no more bytes come; the last frame needs no successor then. */
  finish(): AdtsFrame[] {
    return this.#take(true);
  }

  #take(isEnd: boolean): AdtsFrame[] {
    const frames: AdtsFrame[] = [];
    const bytes = this.#buffer;
    let at = 0;
    for (;;) {
      at = this.#synced ? at : nextSync(bytes, at);
      const header = parseAdts(bytes, at);
      if (header === undefined) {
        if (at + HEADER_BYTES > bytes.length) break;
        at++;
        this.#synced = false;
        continue;
      }
      const end = at + header.bytes;
      if (end + HEADER_BYTES > bytes.length && !isEnd) break;
      if (!this.#isFrame(header, bytes, end)) {
        at++;
        this.#synced = false;
        continue;
      }
      this.#reference ??= header;
      this.#synced = true;
      frames.push({
        header,
        offset: this.#offset + at,
        data: bytes.subarray(at + header.headerBytes, end),
      });
      at = end;
    }
    this.#buffer = bytes.subarray(Math.min(at, bytes.length));
    this.#offset += Math.min(at, bytes.length);
    return frames;
  }

  #isFrame(header: AdtsHeader, bytes: Uint8Array, end: number): boolean {
    if (this.#reference && !isSame(header, this.#reference)) return false;
    const next = parseAdts(bytes, end);
    if (next !== undefined) return isSame(next, header);
    // Rubbish behind: believed where the frame itself was expected.
    const isCut = end > bytes.length;
    return !isCut && (end === bytes.length || this.#synced);
  }
}

function isSame(a: AdtsHeader, b: AdtsHeader): boolean {
  return a.objectType === b.objectType && a.sampleRate === b.sampleRate &&
    a.channelConfig === b.channelConfig;
}

function nextSync(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(0xff, from);
  return at < 0 ? bytes.length : at;
}
