/**
 * The one door for bytes: whatever a peer or a fetch brings is judged here
 * before it counts as held, and here it is decided whose fault a wrong byte is.
 * A chunk comes from one source, so blame is certain.
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
  ban(link: Link, why: string): void;
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

  /** A `data` message: whole leaves from `from` on. */
  fromPeer(link: Link, content: Content, data: LeafBytes, nowMs: number): void {
    const { stats, requests } = this.#host;
    const until = data.from + Math.ceil(data.bytes.length / LEAF_BYTES);
    const request = requests.owed(link, content, data.from);
    if (
      request === undefined || data.from < request.from ||
      until > request.until || content.held.has(data.from)
    ) {
      stats.duplicateBytes += data.bytes.length;
      return;
    }
    if (content.hashes?.verifyRange(data.from, data.bytes) !== true) {
      stats.badChunks++;
      return this.#host.ban(link, "it sent bytes that fail their hash");
    }
    link.receivedBytes += data.bytes.length;
    stats.bytesFromPeers += data.bytes.length;
    this.#hold(content, data, nowMs);
    if (content.held.hasAll(request.from, request.until)) {
      requests.settle(link, content, request, nowMs);
    }
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
    const { stats, requests } = this.#host;
    const until = run.from + Math.ceil(run.bytes.length / LEAF_BYTES);
    if (source === content.url) stats.bytesFromOrigin += run.bytes.length;
    else stats.bytesFromPeers += run.bytes.length;
    if (content.held.hasAll(run.from, until)) {
      stats.duplicateBytes += run.bytes.length;
      return;
    }
    this.#hold(content, run, nowMs);
    for (let leaf = run.from; leaf < until;) {
      const chunk = chunkOf(leaf, content.chunkLeaves);
      leaf = chunk.from + chunk.count;
      const held = content.held.hasAll(chunk.from, leaf);
      if (held) requests.free(content, chunk.from);
    }
  }

  #hold(content: Content, run: LeafBytes, nowMs: number): void {
    const { from, bytes } = run;
    const until = from + Math.ceil(bytes.length / LEAF_BYTES);
    const late = content.deadlineMs(from) < nowMs &&
      nowMs - content.openedMs > STARTUP_MS;
    if (late) this.#host.stats.deadlineMisses += until - from;
    content.held.add(from, until);
    this.#host.act({ type: "store", content, from, bytes });
    this.#host.haves.add(content, { from, until }, nowMs);
  }
}
