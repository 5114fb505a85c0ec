/**
 * What stands between the bytes of a playlist and the XML parser: a meter that
 * ends documents and single pieces of them that grow past their limits, and a
 * memory of whose errors are whose. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { PLAYLIST_BYTES_MAX, PLAYLIST_TOKEN_BYTES_MAX } from "../limits.ts";

/** Line and column in the document, from 1. */
export interface Position {
  line: number;
  column: number;
}

/** What goes to the parser at once, so that its buffers stay small. */
const PIECE_BYTES = 64 * 1024;

/** Enough to tell what a document is. */
const HEAD_BYTES = 256;

/** White space of XML, and the bytes of a byte order mark. */
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/** Counts what goes in against what comes out. */
export class Meter {
  /** True until a byte other than white space was seen. */
  blank = true;
  /** Its first bytes, each as one character, without a byte order mark. */
  head = "";
  /** Where the last event was. */
  last: Position = { line: 1, column: 1 };
  #bytes = 0;
  #sinceEvent = 0;

  constructor(readonly url: string) {}

  /** An event came out: whatever was being read has ended. */
  event(line: number, column: number): void {
    this.#sinceEvent = 0;
    this.last.line = line;
    this.last.column = column;
  }

  async *pieces(
    bytes: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        this.#count(piece);
        yield piece;
      }
    }
  }

  #count(piece: Uint8Array): void {
    if (this.#bytes === 0) {
      this.head = String.fromCharCode(...piece.subarray(0, HEAD_BYTES))
        .replace("\xef\xbb\xbf", "");
    }
    this.blank &&= piece.every((byte) => BLANKS.has(byte));
    this.#bytes += piece.length;
    if (this.#bytes > PLAYLIST_BYTES_MAX) {
      throw this.#tooLarge("playlist", PLAYLIST_BYTES_MAX);
    }
    this.#sinceEvent += piece.length;
    if (this.#sinceEvent > PLAYLIST_TOKEN_BYTES_MAX) {
      throw this.#tooLarge("tag or text", PLAYLIST_TOKEN_BYTES_MAX);
    }
  }

  #tooLarge(what: string, max: number): AlluviumError {
    return new AlluviumError(
      "playlist-too-large",
      `Cannot read the playlist: wanted a ${what} of at most ${max} bytes, got more`,
      { url: this.url, ...this.last },
    );
  }
}

/** Tells the errors of the handler and of the source from the parser's own. */
export class ForeignErrors {
  readonly #seen = new Set<unknown>();

  has(error: unknown): boolean {
    return this.#seen.has(error);
  }

  async *watch(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (error) {
      throw this.note(error);
    }
  }

  /** Takes note of an error that is not the parser's. */
  note(error: unknown): unknown {
    this.#seen.add(error);
    return error;
  }
}
