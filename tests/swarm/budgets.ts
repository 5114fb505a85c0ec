/**
 * What an engine may use at a time, counted by what it tells its shell to do and
 * never by its own figures: bytes of the uplink, pieces on their way,
 * connections to one server. For the fuzzing tests. What may be sent must be,
 * too: {@linkcode Budgets.readyMs} says when.
 *
 * @module
 */
import { assert } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import {
  DATA_LEAVES_MAX,
  LAN_DATA_LEAVES_MAX,
  ORIGIN_CONNECTIONS_MAX,
} from "../../lib/limits.ts";
import type { Action } from "../../lib/swarm/actions.ts";
import type { SwarmEngine } from "../../lib/swarm/engine.ts";
import type { Link } from "../../lib/swarm/link.ts";
import { serverOf } from "../../lib/swarm/origin_rules.ts";

/** Pieces on their way to all who share the uplink, and to each on this network. */
const PIECES_MAX = 2;
const LAN_PIECES_MAX = 8;

/** A piece that has not left after this stands in nobody's way. */
const STUCK_MS = 1_000;

/** So many requests may be with a peer, whatever its speed … */
const REQUESTS_MIN = 2;

/** … and more if it sends them all in this time. */
const IN_FLIGHT_SECONDS = 0.2;

/** Parts of a byte that sums of fractions may be off by. */
const ROUNDING = 1e-3;

/** What wakes an engine is rounded to the next millisecond. */
const ROUNDING_MS = 2;

/** Counts. */
export class Budgets {
  readonly #lan = new Map<number, boolean>();
  /** When the pieces of each link that are on their way were given to the shell. */
  readonly #pieces = new Map<number, number[]>();
  /** Bytes that may be sent outside the local network: a second's worth is saved up, and the last piece goes whole. */
  #saved: number;
  #savedAtMs = -Infinity;
  /** Who was not relied on before the engine thought. */
  readonly #snubbed = new Set<Link>();
  /** The highest speed that each link was ever thought to have. */
  readonly #fastest = new Map<Link, number>();

  /** @param limit bytes per second to peers outside the local network */
  constructor(readonly limit: number) {
    this.#saved = limit;
  }

  /** A link is up. */
  linked(link: number, lan: boolean): void {
    this.#lan.set(link, lan);
    this.#pieces.set(link, []);
  }

  /** A link is gone, with what was on its way. */
  gone(link: number): void {
    this.#pieces.delete(link);
  }

  /** A link's oldest piece has left. */
  sent(link: number): void {
    this.#pieces.get(link)?.shift();
  }

  /** A piece is to be sent: checks that it may. */
  upload(link: number, bytes: number, nowMs: number): void {
    const pieces = this.#pieces.get(link)!;
    pieces.push(nowMs);
    if (this.#lan.get(link)) {
      assert(bytes <= LAN_DATA_LEAVES_MAX * LEAF_BYTES, "a huge piece");
      return assert(pieces.length <= LAN_PIECES_MAX, "pieces of one link");
    }
    assert(pieces.length <= 1, "one piece at a time for each link");
    assert(bytes <= DATA_LEAVES_MAX * LEAF_BYTES, "a large piece");
    assert(this.#moving(nowMs).length <= PIECES_MAX, "pieces on the uplink");
    this.#save(nowMs);
    assert(this.#saved > -ROUNDING, "bytes over the limit");
    this.#saved -= bytes;
  }

  /**
   * When another piece of a link may leave, if the link wants one; Infinity while
   * something must happen first.
   */
  readyMs(link: number, nowMs: number): number {
    const pieces = this.#pieces.get(link)!.length;
    if (this.#lan.get(link)) return pieces < LAN_PIECES_MAX ? nowMs : Infinity;
    if (pieces > 0) return Infinity;
    this.#save(nowMs);
    const missing = Math.max(0, 1 - this.#saved);
    const savedMs = missing === 0 ? nowMs : nowMs + 1000 * missing / this.limit;
    const moving = this.#moving(nowMs);
    if (moving.length < PIECES_MAX) return savedMs;
    return Math.max(savedMs, Math.min(...moving) + STUCK_MS);
  }

  /** What may leave has left, and what may leave later is not forgotten. */
  checkUploads(engine: SwarmEngine, nowMs: number): void {
    const wakeMs = engine.pollTimeout(nowMs);
    for (const { id, uploads } of engine.links) {
      if (uploads.length === 0) continue;
      const readyMs = this.readyMs(id, nowMs);
      assert(readyMs > nowMs, `link ${id} is kept waiting`);
      assert(wakeMs <= readyMs + ROUNDING_MS, `link ${id} is forgotten`);
    }
  }

  /** Connections to one server. */
  checkFetches(fetches: Iterable<Action & { type: "fetch" }>): void {
    const counts = new Map<string, number>();
    for (const { source } of fetches) {
      const server = serverOf(source);
      counts.set(server, (counts.get(server) ?? 0) + 1);
    }
    for (const [server, count] of counts) {
      assert(count <= ORIGIN_CONNECTIONS_MAX, `${count} to ${server}`);
    }
  }

  /** The engine is about to think. */
  beforePoll({ links }: SwarmEngine, nowMs: number): void {
    this.#snubbed.clear();
    for (const link of links) {
      if (link.snubbedUntilMs > nowMs) this.#snubbed.add(link);
      const { urgent, calm } = link;
      for (const { bytesPerSecond = 0 } of [urgent, calm]) {
        const fastest = this.#fastest.get(link) ?? 0;
        this.#fastest.set(link, Math.max(fastest, bytesPerSecond));
      }
    }
  }

  /** Something was asked of a link while it thought: checks that no more is with it than may be. */
  checkAsked(link: Link, nowMs: number): void {
    assert(link.pausedUntilMs <= nowMs, "who refused is left alone");
    const snubbed = this.#snubbed.has(link) && link.snubbedUntilMs > nowMs;
    assert(!snubbed || link.outstanding === 1, "who let us down has one");
    const bytesMax = IN_FLIGHT_SECONDS * (this.#fastest.get(link) ?? 0);
    for (const { outstanding, outstandingBytes } of [link.urgent, link.calm]) {
      const little = outstanding <= REQUESTS_MIN;
      assert(little || outstandingBytes <= bytesMax, "more than it can send");
    }
  }

  /** When those pieces began that take a place on the uplink. */
  #moving(nowMs: number): number[] {
    return [...this.#pieces].flatMap(([link, pieces]) =>
      this.#lan.get(link)
        ? []
        : pieces.filter((sinceMs) => nowMs - sinceMs < STUCK_MS)
    );
  }

  #save(nowMs: number): void {
    if (this.limit === Infinity) return;
    const earned = (nowMs - this.#savedAtMs) / 1000 * this.limit;
    if (earned > 0) this.#saved = Math.min(this.limit, this.#saved + earned);
    this.#savedAtMs = nowMs;
  }
}
