/**
 * Takes titles out of an ICY stream: the other side of icy.ts, for streams that
 * we relay. Pure push parser.
 *
 * @module
 */
import { decodeText } from "../charset.ts";

/** A piece of the stream: audio, or what a metadata block said. */
export type IcyPiece =
  | { kind: "audio"; data: Uint8Array }
  | { kind: "metadata"; title: string | undefined; url: string | undefined };

/** Reads one stream. */
export class IcyReader {
  readonly #intervalBytes: number;
  #audioLeft: number;
  #block: Uint8Array | undefined;
  #filled = 0;

  /** @param intervalBytes from `icy-metaint`; 0 where the stream carries none */
  constructor(intervalBytes: number) {
    this.#intervalBytes = intervalBytes > 0 ? intervalBytes : Infinity;
    this.#audioLeft = this.#intervalBytes;
  }

  /** Takes the next bytes, of any number. */
  push(bytes: Uint8Array): IcyPiece[] {
    const pieces: IcyPiece[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#audioLeft > 0) {
        const data = bytes.subarray(at, at + this.#audioLeft);
        this.#audioLeft -= data.length;
        at += data.length;
        pieces.push({ kind: "audio", data });
      } else if (this.#block === undefined) {
        this.#block = new Uint8Array((bytes[at++] ?? 0) * 16);
        this.#filled = 0;
      } else {
        const part = bytes.subarray(
          at,
          at + this.#block.length - this.#filled,
        );
        this.#block.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
      }
      pieces.push(...this.#whole());
    }
    return pieces;
  }

  #whole(): IcyPiece[] {
    const block = this.#block;
    if (block === undefined || this.#filled < block.length) return [];
    this.#block = undefined;
    this.#audioLeft = this.#intervalBytes;
    return block.length === 0 ? [] : [parseMetadata(block)];
  }
}

/** Reads `StreamTitle='…';StreamUrl='…';`; a title may hold apostrophes. */
function parseMetadata(block: Uint8Array): IcyPiece {
  const end = block.indexOf(0);
  const text = decodeText(end < 0 ? block : block.subarray(0, end));
  const field = (name: string) =>
    new RegExp(`${name}='([^]*?)';`, "i").exec(text)?.[1];
  return {
    kind: "metadata",
    title: field("StreamTitle"),
    url: field("StreamUrl"),
  };
}
