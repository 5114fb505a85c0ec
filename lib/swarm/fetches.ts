/**
 * HTTP fetches under way: bytes of any size come in, verified whole leaves go
 * out. One fetch reads one run from one source, so that blame is certain.
 *
 * @module
 */
import { LEAF_BYTES, leafLength } from "../hashtree/geometry.ts";
import type { Content } from "./content.ts";

/** A run being read from a URL. */
export interface Fetch {
  readonly id: number;
  readonly content: Content;
  readonly source: string;
  /** The run asked for. */
  readonly from: number;
  until: number;
  /** A gateway granted it and is to hear how it went. */
  readonly leased: boolean;
  readonly startedMs: number;
  /** The leaf whose bytes come next. */
  next: number;
  /** Bytes of that leaf so far. */
  readonly partial: Uint8Array;
  filled: number;
}

/** Whole leaves, from leaf `from` on. */
export interface LeafBytes {
  from: number;
  bytes: Uint8Array;
}

/** What {@linkcode takeBytes} found. */
export interface TakenLeaves {
  runs: LeafBytes[];
  /** The first leaf that is not what its hash says; nothing after it was taken. */
  badLeaf?: number;
}

/** A fetch that has not received anything. */
export function newFetch(
  fields: Omit<Fetch, "next" | "partial" | "filled">,
): Fetch {
  return {
    ...fields,
    next: fields.from,
    partial: new Uint8Array(LEAF_BYTES),
    filled: 0,
  };
}

/**
 * Adds bytes to a fetch and takes the leaves they complete. A leaf whose hash is
 * not known yet is passed over: it will be asked for again once it can be judged.
 */
export function takeBytes(fetch: Fetch, bytes: Uint8Array): TakenLeaves {
  const runs = new RunBuilder(fetch.filled + bytes.length);
  for (let at = 0; at < bytes.length && fetch.next < fetch.content.leaves;) {
    const size = leafLength(fetch.content.length, fetch.next);
    const part = bytes.subarray(at, at + size - fetch.filled);
    fetch.partial.set(part, fetch.filled);
    fetch.filled += part.length;
    at += part.length;
    if (fetch.filled < size) break;
    const leaf = fetch.partial.subarray(0, size);
    const verdict = judge(fetch.content, fetch.next, leaf);
    if (verdict === "bad") {
      return { runs: runs.finish(), badLeaf: fetch.next };
    }
    if (verdict === "good") runs.add(fetch.next, leaf);
    fetch.next++;
    fetch.filled = 0;
  }
  return { runs: runs.finish() };
}

/** Gathers leaves into runs over one buffer. */
class RunBuilder {
  readonly #buffer: Uint8Array;
  readonly #runs: LeafBytes[] = [];
  #at = 0;
  #runStart = 0;
  #runFrom = 0;
  #next = -1;

  constructor(bytesMax: number) {
    this.#buffer = new Uint8Array(bytesMax);
  }

  add(leaf: number, bytes: Uint8Array): void {
    if (leaf !== this.#next) {
      this.#flush();
      this.#runFrom = leaf;
    }
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
    this.#next = leaf + 1;
  }

  finish(): LeafBytes[] {
    this.#flush();
    return this.#runs;
  }

  #flush(): void {
    if (this.#at === this.#runStart) return;
    const bytes = this.#buffer.subarray(this.#runStart, this.#at);
    this.#runs.push({ from: this.#runFrom, bytes });
    this.#runStart = this.#at;
  }
}

function judge(
  content: Content,
  leaf: number,
  bytes: Uint8Array,
): "good" | "bad" | "unknown" {
  if (content.hashes === undefined) return "good";
  if (!content.hashes.has(leaf)) return "unknown";
  return content.hashes.verifyLeaf(leaf, bytes) ? "good" : "bad";
}
