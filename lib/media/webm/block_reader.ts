/**
 * Walks through the clusters of a Matroska or WebM file: pieces of any size in,
 * blocks out. Blocks that nobody wants are stepped over by their heads, so that
 * they need not be fetched.
 *
 * Promises: nothing throws; after damage it goes on at the next cluster or at a
 * block of a known track that is followed by something right; it holds no more
 * than one block.
 *
 * @module
 */
import { FILM_UNIT_BYTES_MAX, MEDIA_INDEX_BYTES_MAX } from "../../limits.ts";
import { concatBytes } from "../bytes.ts";
import {
  BLOCK_HEAD_BYTES_MAX,
  type FileBlock,
  peekBlock,
  readBlockElement,
} from "./blocks.ts";
import { ENTERED, IDS, PASSED_OVER } from "./ids.ts";
import { HEAD_BYTES_MAX, readHead, readNumber } from "./read_ebml.ts";

/** Blocks among damage that are waited for to see what follows them, in bytes. */
const SEARCH_BLOCK_BYTES_MAX = 256 * 1024;

/** Says whether a block is wanted; its ticks count from the beginning of the file. */
export type Wanted = (head: Omit<FileBlock, "frames">) => boolean;

/** Where an element stands in what is held. */
interface Place {
  id: number;
  from: number;
  end: number;
}

/** Reads blocks. */
export class BlockReader {
  readonly #isWanted: Wanted;
  readonly #onBlock: (block: FileBlock) => void;
  #parts: Uint8Array[] = [];
  #held = 0;
  /** Bytes that must be held before it is worth looking again. */
  #needed = 0;
  #toSkip = 0;
  #clusterTicks: number;
  #isLost = false;

  /**
   * Begins at an element of a segment or a cluster.
   *
   * @param isWanted asked before a block is waited for
   * @param onBlock takes each block, before the next one is asked about
   * @param clusterTicks time of the cluster, where it begins inside of one
   */
  constructor(
    isWanted: Wanted,
    onBlock: (block: FileBlock) => void,
    clusterTicks = 0,
  ) {
    this.#isWanted = isWanted;
    this.#onBlock = onBlock;
    this.#clusterTicks = clusterTicks;
  }

  /** How many of the bytes that come next may be left out. */
  get skippable(): number {
    return this.#toSkip;
  }

  /** Says that so many of them were left out. */
  skip(count: number): void {
    this.#toSkip -= count;
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    const skipped = Math.min(this.#toSkip, chunk.length);
    this.#toSkip -= skipped;
    this.#parts.push(chunk.subarray(skipped));
    this.#held += chunk.length - skipped;
    if (this.#held >= this.#needed) this.#take(false);
  }

  /** Says that no more bytes come. */
  finish(): void {
    this.#take(true);
  }

  #take(isEnd: boolean): void {
    const data = concatBytes(this.#parts);
    let at = 0;
    this.#needed = 0;
    while (at < data.length) {
      if (this.#isLost) {
        at = this.#search(data, at, isEnd);
        if (this.#isLost) break;
      }
      const place = placeOf(data, at);
      if (place === "short") break;
      if (place === undefined) {
        this.#isLost = true;
        at++;
        continue;
      }
      const next = this.#element(data, at, place);
      if (next === undefined) break;
      at = next;
    }
    this.#parts = at < data.length ? [data.subarray(at)] : [];
    this.#held = Math.max(0, data.length - at);
    this.#toSkip += Math.max(0, at - data.length);
  }

  /** Takes an element; where the next one begins, `undefined` when more bytes are needed. */
  #element(
    data: Uint8Array,
    at: number,
    { id, from, end }: Place,
  ): number | undefined {
    if (ENTERED.has(id)) return from;
    const isGroup = id === IDS.blockGroup;
    if (isGroup || id === IDS.simpleBlock) {
      const head = peekBlock(data.subarray(from, end), isGroup);
      const mayCome = from + BLOCK_HEAD_BYTES_MAX + HEAD_BYTES_MAX;
      if (head === undefined && data.length < Math.min(end, mayCome)) {
        return undefined;
      }
      const isWanted = head !== undefined && this.#isWanted(this.#timed(head));
      if (head !== undefined && !isWanted) return end;
    } else if (id !== IDS.timestamp) {
      return end;
    }
    if (end > data.length) {
      this.#needed = end - at;
      return undefined;
    }
    const contents = data.subarray(from, end);
    if (id === IDS.timestamp) {
      this.#clusterTicks = readNumber(contents);
      return end;
    }
    const block = readBlockElement(contents, isGroup);
    if (block !== undefined) this.#onBlock(this.#timed(block));
    return end;
  }

  #timed<T extends { ticks: number }>(block: T): T {
    return { ...block, ticks: block.ticks + this.#clusterTicks };
  }

  /** Where something right begins, no longer lost; else how far it was looked. */
  #search(data: Uint8Array, from: number, isEnd: boolean): number {
    for (let at = from; at < data.length; at++) {
      const first = data[at]!;
      const isCluster = first === IDS.cluster >>> 24;
      const isBlock = first === IDS.simpleBlock || first === IDS.blockGroup;
      if (!isCluster && !isBlock) continue;
      const verdict = isCluster
        ? clusterAt(data, at)
        : this.#blockAt(data, at, isEnd);
      if (verdict === "short") return at;
      if (!verdict) continue;
      this.#isLost = false;
      return at;
    }
    return data.length;
  }

  /** Whether a block that is wanted stands there, and something right behind it. */
  #blockAt(data: Uint8Array, at: number, isEnd: boolean): boolean | "short" {
    const place = placeOf(data, at);
    if (place === undefined) return false;
    if (place === "short") return isEnd ? false : "short";
    const { id, from, end } = place;
    const head = peekBlock(data.subarray(from, end), id === IDS.blockGroup);
    if (head === undefined || !this.#isWanted(this.#timed(head))) return false;
    if (end + HEAD_BYTES_MAX > data.length && !isEnd) {
      if (end - at > SEARCH_BLOCK_BYTES_MAX) return false;
      this.#needed = end + HEAD_BYTES_MAX - at;
      return "short";
    }
    return end === data.length || typeof placeOf(data, end) === "object";
  }
}

/** The element at a place, where it is one that may stand between blocks. */
function placeOf(data: Uint8Array, at: number): Place | "short" | undefined {
  const head = readHead(data, at);
  if (head === undefined || head === "short") return head;
  const { id, headBytes, length } = head;
  const from = at + headBytes;
  if (ENTERED.has(id)) return { id, from, end: from };
  const max = maxLength(id);
  if (length === undefined || length > max) return undefined;
  return { id, from, end: from + length };
}

/** Bytes that an element may have; less than 0 for one that has no place here. */
function maxLength(id: number): number {
  if (id === IDS.simpleBlock || id === IDS.blockGroup) {
    return FILM_UNIT_BYTES_MAX;
  }
  if (id === IDS.timestamp) return 8;
  return PASSED_OVER.has(id) ? MEDIA_INDEX_BYTES_MAX : -1;
}

/** Whether a cluster begins there, by its id and its first element. */
export function clusterAt(data: Uint8Array, at: number): boolean | "short" {
  const head = readHead(data, at);
  if (head === "short" || head === undefined) return head === "short" && head;
  if (head.id !== IDS.cluster) return false;
  const inner = placeOf(data, at + head.headBytes);
  return inner === "short" ? inner : inner !== undefined;
}
