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
  /** What `#nextFeed` found. */
  #feed: number | undefined;

  /** Takes the next chunk, whose line ends are `\n` already. */
  add(chunk: string): void {
    const used = Math.min(
      this.#counted - this.#textOffset,
      this.#text.length,
    );
    this.#text = this.#text.slice(used) + chunk;
    this.#textOffset += used;
    if (this.#feed === Infinity) this.#feed = undefined;
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
    for (let feed = this.#nextFeed(); feed < offset;) {
      line++;
      lineOffset = feed + 1;
      feed = this.#feedFrom(lineOffset);
    }
    return { line, column: offset - lineOffset + 1, offset };
  }

  #countTo(offset: number): void {
    for (let feed = this.#nextFeed(); feed < offset; feed = this.#nextFeed()) {
      this.#line++;
      this.#lineOffset = this.#counted = feed + 1;
      this.#feed = undefined;
    }
    this.#counted = Math.max(this.#counted, offset);
  }

  /** The first line feed that is not counted yet, looked for once. */
  #nextFeed(): number {
    return this.#feed ??= this.#feedFrom(this.#counted);
  }

  /** The first line feed from `offset` on in what is here; Infinity where there is none. */
  #feedFrom(offset: number): number {
    const from = Math.max(0, offset - this.#textOffset);
    const index = this.#text.indexOf("\n", from);
    return index < 0 ? Infinity : this.#textOffset + index;
  }
}
