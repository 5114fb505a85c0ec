/**
 * What an engine may use at a time, counted by what it tells its shell to do and
 * never by its own figures: bytes of the uplink, pieces on their way,
 * connections to one server. For the fuzzing tests.
 *
 * @module
 */
import { assert } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { DATA_LEAVES_MAX, ORIGIN_CONNECTIONS_MAX } from "../../lib/limits.ts";
import type { Action } from "../../lib/swarm/actions.ts";
import { serverOf } from "../../lib/swarm/origin_rules.ts";

/** Pieces on their way to all who share the uplink, and to each on this network. */
const PIECES_MAX = 2;
const LAN_PIECES_MAX = 8;

/** A piece that has not left after this stands in nobody's way. */
const STUCK_MS = 1_000;

/** Counts. */
export class Budgets {
  readonly #lan = new Map<number, boolean>();
  /** When the pieces of each link that are on their way were given to the shell. */
  readonly #pieces = new Map<number, number[]>();
  #bytes = 0;
  #firstMs: number | undefined;

  /** @param limit bytes per second to peers outside the local network */
  constructor(readonly limit: number) {}

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
      return assert(pieces.length <= LAN_PIECES_MAX, "pieces of one link");
    }
    assert(pieces.length <= 1, "one piece at a time for each link");
    assert(bytes <= DATA_LEAVES_MAX * LEAF_BYTES, "a large piece");
    assert(this.#moving(nowMs) <= PIECES_MAX, "pieces on the uplink");
    this.#firstMs ??= nowMs;
    // A second's worth may have been saved up; the last piece goes whole.
    const seconds = 1 + (nowMs - this.#firstMs) / 1000;
    assert(this.#bytes <= this.limit * seconds, "bytes over the limit");
    this.#bytes += bytes;
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

  #moving(nowMs: number): number {
    let count = 0;
    for (const [link, pieces] of this.#pieces) {
      if (this.#lan.get(link)) continue;
      for (const sinceMs of pieces) if (nowMs - sinceMs < STUCK_MS) count++;
    }
    return count;
  }
}
