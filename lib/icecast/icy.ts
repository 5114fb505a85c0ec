/**
 * ICY metadata: titles woven into an audio stream, a block after every so many
 * bytes. Pure.
 *
 * A block is one byte, the number of 16-byte units that follow, then the text
 * `StreamTitle='…';` padded with NUL. Nothing in it can be escaped, and players
 * end the title at the first `';` (some at the first `;`), so a semicolon
 * becomes a colon, PeerCast's published rule. Text is UTF-8, or for players that
 * know nothing else in the mount's own charset.
 *
 * Leaves to others: which title, and whether the player asked for it.
 *
 * @module
 */
import {
  ICY_METADATA_BYTES_MAX,
  ICY_METADATA_INTERVAL_BYTES,
} from "../limits.ts";
import { encodeText } from "./charset.ts";

/** The block that says "as before". */
const UNCHANGED = new Uint8Array(1);

const encoder = new TextEncoder();

/** What a metadata block says. */
export interface IcyMetadata {
  /** As players show it, e.g. `artist - title`. */
  title: string;
  /** A page or picture about it; left out where it does not fit. */
  url?: string;
}

/**
 * The block for a title, its length byte included: 1 to 1 + ICY_METADATA_BYTES_MAX
 * bytes. A title too long is cut between two characters.
 *
 * @param charset of the text; see {@linkcode encodeText}
 */
export function metadataBlock(
  metadata: IcyMetadata,
  charset = "utf-8",
): Uint8Array {
  const shell = encoder.encode("StreamTitle='';").length;
  const title = cut(harmless(metadata.title), ICY_METADATA_BYTES_MAX - shell);
  let text = encodeText(`StreamTitle='${title}';`, charset);
  if (metadata.url !== undefined && metadata.url !== "") {
    const url = `StreamUrl='${harmless(metadata.url)}';`;
    const longer = encodeText(`StreamTitle='${title}';${url}`, charset);
    if (longer.length <= ICY_METADATA_BYTES_MAX) text = longer;
  }
  const units = Math.ceil(text.length / 16);
  const block = new Uint8Array(1 + units * 16);
  block[0] = units;
  block.set(text, 1);
  return block;
}

/** Without what would end the title early or tear the block. */
function harmless(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(";", ":").replace(/[\x00-\x1f\x7f]+/g, " ");
}

/** The longest beginning of whole characters that fits in so many bytes of UTF-8. */
function cut(text: string, bytesMax: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}

/** Weaves metadata blocks into one listener's stream. */
export class IcyInterleaver {
  readonly #intervalBytes: number;
  #untilBlock: number;
  #sent: Uint8Array | undefined;

  /** @param intervalBytes between blocks, as promised by `icy-metaint` */
  constructor(intervalBytes: number = ICY_METADATA_INTERVAL_BYTES) {
    this.#intervalBytes = intervalBytes;
    this.#untilBlock = intervalBytes;
  }

  /**
   * The next pieces of the stream as the listener must get them.
   *
   * @param data the next bytes of audio
   * @param metadata what holds for them, by {@linkcode metadataBlock}; the same
   * array, by identity, means unchanged
   * @returns parts of `data`, never copies, and the blocks due between them
   */
  weave(data: Uint8Array, metadata: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let at = 0;
    while (data.length - at >= this.#untilBlock) {
      pieces.push(data.subarray(at, at + this.#untilBlock));
      pieces.push(metadata === this.#sent ? UNCHANGED : metadata);
      this.#sent = metadata;
      at += this.#untilBlock;
      this.#untilBlock = this.#intervalBytes;
    }
    if (at < data.length) pieces.push(at === 0 ? data : data.subarray(at));
    this.#untilBlock -= data.length - at;
    return pieces;
  }
}
