/**
 * Where things are. `saxes` knows only where it has got to; `@std/xml` tells
 * where each token began. This keeps the text since the last token, finds the
 * `<` that opened the present one, and counts lines up to it. It never looks
 * back, so it keeps no more than one token and one chunk.
 *
 * @module
 */

import type { XmlPosition } from "./xml_types.ts";

/** Enough of a token to know a DOCTYPE or the name of an end tag. */
const TOKEN_HEAD_LENGTH = 256;

/** The places of tokens in a text that arrives in chunks. */
export class Places {
  #text = "";
  #textOffset = 0;
  #tokenEnd = 0;
  #line = 1;
  #lineOffset = 0;
  #counted = 0;

  /** Takes the next chunk, whose line ends are `\n` already. */
  add(chunk: string): void {
    const used = Math.min(
      this.#counted - this.#textOffset,
      this.#text.length,
    );
    this.#text = this.#text.slice(used) + chunk;
    this.#textOffset += used;
  }

  /** Says that the present token ends before `offset`. */
  endToken(offset: number): void {
    this.#countTo(offset);
    this.#tokenEnd = offset;
  }

  /** Where the text after the last token begins. */
  textStart(): XmlPosition {
    return this.at(this.#tokenEnd);
  }

  /** Where the present token's `<` is. */
  tokenStart(): XmlPosition {
    const index = this.#text.indexOf("<", this.#tokenEnd - this.#textOffset);
    return this.at(index < 0 ? this.#tokenEnd : this.#textOffset + index);
  }

  /** The beginning of the present token, `<` and all; "" outside of one. */
  token(): string {
    const index = this.#text.indexOf("<", this.#tokenEnd - this.#textOffset);
    return index < 0 ? "" : this.#text.slice(index, index + TOKEN_HEAD_LENGTH);
  }

  /** What has come since the last token. */
  rest(): string {
    return this.#text.slice(this.#tokenEnd - this.#textOffset);
  }

  /** The place after the last character. */
  end(): XmlPosition {
    return this.at(this.#textOffset + this.#text.length);
  }

  /** The place `offset`, which must not lie before the last token's end. */
  at(offset: number): XmlPosition {
    let line = this.#line;
    let lineOffset = this.#lineOffset;
    const stop = offset - this.#textOffset;
    for (
      let at = this.#newline(this.#counted - this.#textOffset, stop);
      at >= 0;
      at = this.#newline(at + 1, stop)
    ) {
      line++;
      lineOffset = this.#textOffset + at + 1;
    }
    return { line, column: offset - lineOffset + 1, offset };
  }

  #countTo(offset: number): void {
    const stop = offset - this.#textOffset;
    for (
      let at = this.#newline(this.#counted - this.#textOffset, stop);
      at >= 0;
      at = this.#newline(at + 1, stop)
    ) {
      this.#line++;
      this.#lineOffset = this.#textOffset + at + 1;
    }
    this.#counted = Math.max(this.#counted, offset);
  }

  /** The next line feed before `stop`; -1 where there is none. Tokens are short: it looks no further. */
  #newline(from: number, stop: number): number {
    const end = Math.min(stop, this.#text.length);
    for (let at = Math.max(0, from); at < end; at++) {
      if (this.#text.charCodeAt(at) === 10) return at;
    }
    return -1;
  }
}
