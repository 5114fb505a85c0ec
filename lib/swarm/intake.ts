/**
 * The one door for bytes: whatever a peer or a fetch brings is judged here
 * before it counts as held, and here it is decided whose fault a wrong byte is.
 * A frame and a fetch come from one source, so blame is certain. What comes
 * though it is no longer asked of that source is taken if it proves itself.
 *
 * @module
 */
import { chunkOf, LEAF_BYTES } from "../hashtree/geometry.ts";
import type { Action, SwarmStats } from "./actions.ts";
import type { Content } from "./content.ts";
import { type Fetch, type LeafBytes, takeBytes } from "./fetches.ts";
import type { Haves } from "./haves.ts";
import type { Link } from "./link.ts";
import type { RequestLedger } from "./request_ledger.ts";

/** Nothing can be on time before this has passed since opening: not counted as missed. */
const STARTUP_MS = 1_500;

/** What judging works with. */
export interface IntakeHost {
  readonly stats: SwarmStats;
  readonly requests: RequestLedger;
  readonly haves: Haves;
  act(action: Action): void;
  /** A peer sent bytes that fail their hash. */
  ban(link: Link, why: string, nowMs: number): void;
  /** A fetch brought bytes that fail their hash. */
  spoiled(fetch: Fetch, leaf: number, nowMs: number): void;
}

/** The door. */
export class Intake {
  readonly #host: IntakeHost;

  /** @param host the engine's side of it */
  constructor(host: IntakeHost) {
    this.#host = host;
  }

  /** A `data` message: whole leaves from `from` on, with their hashes if they were computed already. */
  fromPeer(
    link: Link,
    content: Content,
    data: LeafBytes & { leafHashes: Uint8Array | undefined },
    nowMs: number,
  ): void {
    const { stats } = this.#host;
    const { from, bytes, leafHashes } = data;
    const until = from + Math.ceil(bytes.length / LEAF_BYTES);
    const held = bytes.length > 0 && content.held.hasAll(from, until);
    // What cannot be judged was never asked for.
    if (held || !content.knows(from, until)) {
      stats.duplicateBytes += bytes.length;
      return;
    }
    if (content.hashes?.verifyRange(from, bytes, leafHashes) !== true) {
      stats.badChunks++;
      const why = "it sent bytes that fail their hash";
      return this.#host.ban(link, why, nowMs);
    }
    link.receivedBytes += bytes.length;
    stats.bytesFromPeers += bytes.length;
    this.#hold(content, data, nowMs, link);
  }

  /** Bytes of a fetch, in order; false once it has brought a wrong one. */
  fromFetch(fetch: Fetch, bytes: Uint8Array, nowMs: number): boolean {
    const { runs, badLeaf } = takeBytes(fetch, bytes);
    for (const run of runs) this.#takeFetched(fetch, run, nowMs);
    if (badLeaf === undefined) return true;
    this.#host.stats.badChunks++;
    this.#host.spoiled(fetch, badLeaf, nowMs);
    return false;
  }

  #takeFetched(fetch: Fetch, run: LeafBytes, nowMs: number): void {
    const { content, source } = fetch;
    const { stats } = this.#host;
    const until = run.from + Math.ceil(run.bytes.length / LEAF_BYTES);
    if (source === content.url) stats.bytesFromOrigin += run.bytes.length;
    else stats.bytesFromPeers += run.bytes.length;
    if (content.held.hasAll(run.from, until)) {
      stats.duplicateBytes += run.bytes.length;
    } else this.#hold(content, run, nowMs);
  }

  /** Verified leaves are here: kept, told of, and no longer asked of anyone. */
  #hold(content: Content, run: LeafBytes, nowMs: number, by?: Link): void {
    const { stats, requests, haves } = this.#host;
    const { from, bytes } = run;
    const until = from + Math.ceil(bytes.length / LEAF_BYTES);
    const late = content.playsMs(from, until) < nowMs &&
      nowMs - content.openedMs > STARTUP_MS;
    if (late) stats.deadlineMisses += until - from;
    content.held.add(from, until);
    content.moved(nowMs);
    this.#host.act({ type: "store", content, from, bytes });
    haves.add(content, { from, until }, nowMs);
    for (let leaf = from; leaf < until;) {
      const chunk = chunkOf(leaf, content.chunkLeaves);
      requests.settle(content, chunk.from, nowMs, by);
      leaf = chunk.from + chunk.count;
    }
  }
}
