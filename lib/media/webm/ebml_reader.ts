/**
 * Takes a Matroska or WebM stream apart into its elements as it comes, as far as
 * a mount must know them: what stands before the first cluster, the clusters'
 * times, the blocks. Pure.
 *
 * Promises: nothing throws; after damage it goes on at the next cluster or
 * document; it holds no more than one element of EBML_ELEMENT_BYTES_MAX.
 *
 * @module
 */
import { EBML_ELEMENT_BYTES_MAX, EBML_HEADER_BYTES_MAX } from "../../limits.ts";
import { concatBytes } from "../bytes.ts";
import { ENTERED, IDS, PASSED_OVER } from "./ids.ts";
import { type EbmlHead, readHead } from "./read_ebml.ts";

/** An element as it was read. */
export interface WholeElement {
  id: number;
  /** Head and contents; the head alone of a segment and of a cluster. */
  bytes: Uint8Array;
  /** The contents, a part of `bytes`. */
  contents: Uint8Array;
}

/** What stands before clusters. */
const HEADERS: ReadonlySet<number> = new Set([
  ...[IDS.document, IDS.info, IDS.tracks, IDS.tags],
]);

/** What stands in clusters. */
const PARTS: ReadonlySet<number> = new Set([
  ...[IDS.timestamp, IDS.simpleBlock, IDS.blockGroup],
]);

/** What is done with an element. */
type Use = "enter" | "take" | "pass over";

/** Bytes of a stream in, elements out. */
export class EbmlReader {
  #held: Uint8Array = new Uint8Array(0);
  #toSkip = 0;

  /**
   * The elements that are complete with some more bytes, as parts of them where
   * that can be.
   */
  push(bytes: Uint8Array): WholeElement[] {
    const data = concatBytes([this.#held, bytes].filter((x) => x.length > 0));
    const elements: WholeElement[] = [];
    let at = Math.min(this.#toSkip, data.length);
    this.#toSkip -= at;
    while (at < data.length) {
      const head = readHead(data, at);
      if (head === "short") break;
      const use = head && useOf(head);
      if (head === undefined || use === undefined) {
        at = nextStart(data, at + 1);
        continue;
      }
      const { id, headBytes, length = 0 } = head;
      const from = at + headBytes;
      const end = use === "enter" ? from : from + length;
      if (use === "pass over") {
        this.#toSkip = Math.max(0, end - data.length);
      } else if (end > data.length) {
        break;
      } else {
        const contents = data.subarray(from, end);
        elements.push({ id, bytes: data.subarray(at, end), contents });
      }
      at = Math.min(end, data.length);
    }
    this.#held = data.subarray(at);
    return elements;
  }
}

/** Undefined for what cannot be an element of ours. */
function useOf({ id, length }: EbmlHead): Use | undefined {
  if (ENTERED.has(id)) return "enter";
  if (length === undefined) return undefined;
  if (HEADERS.has(id)) {
    return length <= EBML_HEADER_BYTES_MAX ? "take" : "pass over";
  }
  if (PARTS.has(id)) {
    return length <= EBML_ELEMENT_BYTES_MAX ? "take" : undefined;
  }
  return PASSED_OVER.has(id) ? "pass over" : undefined;
}

/** Where the next document or cluster may begin; the last bytes may be half a mark. */
function nextStart(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const first = bytes[at];
    if (first !== 0x1a && first !== 0x1f) continue;
    if (at + 4 > bytes.length) return at;
    const head = readHead(bytes, at);
    if (head === "short") return at;
    if (head?.id === IDS.document || head?.id === IDS.cluster) return at;
  }
  return bytes.length;
}
