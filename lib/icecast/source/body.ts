/**
 * The body of a source's request as plain bytes: with a length, chunked (RFC
 * 9112, section 7.1), or simply what comes until the connection ends, which is
 * what most sources send. Pure push parsers.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";

/** Takes bytes of the connection, gives bytes of the stream. */
export interface BodyReader {
  /**
   * The stream's bytes among the next bytes of the connection.
   *
   * @throws AlluviumError `bad-request` where the framing is broken
   */
  push(bytes: Uint8Array): Uint8Array[];
  /** Whether the body has ended by its own account. */
  readonly ended: boolean;
}

/**
 * The reader that a head asks for.
 *
 * @throws AlluviumError `bad-request` for another transfer coding than chunked
 */
export function bodyReader(headers: ReadonlyMap<string, string>): BodyReader {
  const coding = headers.get("transfer-encoding")?.toLowerCase() ?? "identity";
  if (coding === "chunked") return new ChunkedBody();
  if (coding !== "identity") {
    throw new AlluviumError(
      "bad-request",
      `Cannot read a body in the transfer coding "${coding}"`,
      { field: "Transfer-Encoding" },
    );
  }
  const length = headers.get("content-length") ?? "";
  // ffmpeg's and libshout's bodies have no length; some encoders claim 0.
  return new PlainBody(/^[1-9]\d*$/.test(length) ? Number(length) : Infinity);
}

class PlainBody implements BodyReader {
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get ended(): boolean {
    return this.#left <= 0;
  }

  push(bytes: Uint8Array): Uint8Array[] {
    const piece = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= piece.length;
    return piece.length > 0 ? [piece] : [];
  }
}

/** Characters of a line with a chunk's size and its extensions. */
const SIZE_LINE_MAX = 1024;

type ChunkState = "size" | "data" | "data end" | "trailer" | "ended";

class ChunkedBody implements BodyReader {
  #state: ChunkState = "size";
  #line = "";
  #left = 0;

  get ended(): boolean {
    return this.#state === "ended";
  }

  push(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length && this.#state !== "ended") {
      if (this.#state === "data") {
        const piece = bytes.subarray(at, at + this.#left);
        pieces.push(piece);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#left === 0) this.#state = "data end";
      } else {
        this.#character(bytes[at++] ?? 0);
      }
    }
    return pieces;
  }

  /** One byte of what stands between the data. */
  #character(byte: number): void {
    if (byte !== 10) {
      if (byte !== 13) this.#line += String.fromCharCode(byte);
      if (this.#line.length > SIZE_LINE_MAX) throw broken();
      return;
    }
    const line = this.#line;
    this.#line = "";
    if (this.#state === "size") return this.#begin(line);
    if (this.#state === "trailer") {
      if (line === "") this.#state = "ended";
      return;
    }
    if (line !== "") throw broken();
    this.#state = "size";
  }

  #begin(line: string): void {
    const size = /^([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw broken();
    this.#left = parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailer" : "data";
  }
}

function broken(): AlluviumError {
  return new AlluviumError("bad-request", "Cannot read a chunk of the source");
}
