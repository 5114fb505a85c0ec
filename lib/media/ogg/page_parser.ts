/**
 * Finds the pages in a byte stream. A page counts when its checksum is right;
 * after damage the search goes on one byte further, so that a page whose length
 * was damaged swallows none after it.
 *
 * At most one page is buffered (64 KiB). Which pages belong together is left to
 * `packetizer.ts` and `link_reader.ts`.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import { type OggPage, parsePage } from "./page.ts";

/** A page and where it was. */
export interface PlacedPage extends OggPage {
  /** Offset of its first byte in the file. */
  offset: number;
}

/** Push parser: bytes in, pages out. */
export class OggPageParser {
  #buffer: Uint8Array = new Uint8Array(0);
  /** Offset in the file of the buffer's first byte. */
  #base: number;

  /**
   * Expects bytes from anywhere in a file.
   *
   * @param offset where in the file the first byte pushed lies
   */
  constructor(offset = 0) {
    this.#base = offset;
  }

  /** Takes the next bytes, of any number, and returns the pages they complete. */
  push(chunk: Uint8Array): PlacedPage[] {
    this.#buffer = this.#buffer.length === 0
      ? chunk
      : concatBytes([this.#buffer, chunk]);
    return this.#drain(false);
  }

  /** Says that no more bytes come, and returns pages that stood behind a cut one. */
  finish(): PlacedPage[] {
    return this.#drain(true);
  }

  #drain(final: boolean): PlacedPage[] {
    const pages: PlacedPage[] = [];
    let at = 0;
    while ((at = this.#nextSign(at)) < this.#buffer.length) {
      const page = parsePage(this.#buffer, at);
      if (page === "short" && !final) break;
      if (page === undefined && !final && this.#mayGrow(at)) break;
      if (page === undefined || page === "short") {
        at++;
        continue;
      }
      pages.push({ ...page, offset: this.#base + at });
      at += page.bytes;
    }
    this.#base += at;
    this.#buffer = this.#buffer.subarray(at);
    return pages;
  }

  /** The next "O", where a page may begin, or the end. */
  #nextSign(at: number): number {
    const found = this.#buffer.indexOf(0x4f, at);
    return found < 0 ? this.#buffer.length : found;
  }

  /** Too few bytes to tell "OggS" from anything else. */
  #mayGrow(at: number): boolean {
    return this.#buffer.length - at < 4;
  }
}
