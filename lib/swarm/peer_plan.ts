/**
 * What to ask which peer. What plays within seconds comes first, in the order in
 * which it plays. The rest goes rarest first, by chance among equals, and the
 * next half minute before all that follows: everybody plays the same second, so
 * in the order of play all would ask the one holder for the same chunk, and its
 * uplink would carry it once for each instead of once for all. Each chunk is
 * asked of the peer that would have it here soonest. Pure choice: the engine
 * makes requests of what comes out.
 *
 * @module
 */
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import { CHUNKS_SEEN_MAX, REQUESTS_PER_LINK_MAX } from "../limits.ts";
import type { Content, NeededRun } from "./content.ts";
import type { Link } from "./link.ts";
import { Sparing } from "./sparing.ts";
import {
  isUrgent,
  leadEndMs,
  NEAR_MS,
  secondsToSend,
  SOON_MS,
} from "./zones.ts";

/** At most this much of a peer's uplink is in flight to us, in seconds. */
const IN_FLIGHT_SECONDS = 0.2;

/** Requests that can wait while urgent bytes are on their way: 256 KiB, a tenth of a second of 16 Mbit/s. */
const BESIDE_URGENT_MAX = 4;

/**
 * A peer that let us down is asked for what fewer better ones hold than this: for
 * what is urgent where uplinks are scarce, since those few have much to do
 * (`docs/decisions/origin.md`), and for all else.
 */
const BETTER_MIN_SCARCE = 3;
const BETTER_MIN = 1;

/** A request to make. */
export interface PeerChoice {
  link: Link;
  content: Content;
  run: NeededRun;
}

interface Candidate {
  run: NeededRun;
  rank: number;
}

/**
 * Calls `ask` for each request to make now; `ask` must count it in the link's
 * `outstanding` figures before it returns.
 *
 * @param random for ties among equally rare chunks
 */
export function planPeerRequests(
  content: Content,
  links: readonly Link[],
  nowMs: number,
  random: () => number,
  ask: (choice: PeerChoice) => void,
): void {
  const offers = new Offers(content, links, nowMs, ask);
  if (!offers.room(true)) return;
  const calm = offers.room(false) && offers.mayWait;
  const soon: Candidate[] = [];
  const later: Candidate[] = [];
  const endMs = leadEndMs(content, NEAR_MS, nowMs);
  let seen = 0;
  for (const run of content.needed()) {
    if (++seen > CHUNKS_SEEN_MAX) break;
    const urgent = isUrgent(run.deadlineMs, nowMs);
    if (!urgent && (!calm || run.deadlineMs > endMs)) break;
    const rarity = content.availability[run.from] as number;
    if (rarity === 0 || !content.judges(run.from, run.until)) continue;
    if (urgent) {
      if (!offers.make(run, true)) return;
    } else {
      const zone = run.deadlineMs - nowMs < SOON_MS ? soon : later;
      zone.push({ run, rank: rarity + random() });
    }
  }
  for (const zone of [soon, later]) {
    for (const { run } of zone.sort((a, b) => a.rank - b.rank)) {
      if (!offers.mayWait || !offers.make(run, false)) return;
    }
  }
}

/** The links of one pass that may be asked for something, found anew after each request. */
class Offers {
  readonly #bytes: number;
  readonly #givers: (Link[] | undefined)[] = [];
  readonly #sparing: Sparing;

  constructor(
    readonly content: Content,
    readonly links: readonly Link[],
    readonly nowMs: number,
    readonly ask: (choice: PeerChoice) => void,
  ) {
    this.#bytes = content.chunkLeaves * LEAF_BYTES;
    this.#sparing = new Sparing(content, links, nowMs);
  }

  /** Whether anyone may be asked for something of this urgency. */
  room(urgent: boolean): boolean {
    return this.#free(urgent).length > 0;
  }

  /**
   * Whether what can wait may be asked for. It would only fill the line that urgent
   * bytes are to come by; but the uplinks of those whom nobody can dial are idle,
   * and whoever has much of what they hold can give them the rest.
   */
  get mayWait(): boolean {
    if (!this.links.some((link) => link.urgent.outstanding > 0)) return true;
    if (!this.#sparing.hasBound) return false;
    const waiting = this.links.reduce((n, l) => n + l.calm.outstanding, 0);
    return waiting < BESIDE_URGENT_MAX;
  }

  /**
   * Asks the best peer for a run; false when no peer has room for anything. A
   * peer that let us down is asked only for what too few better ones hold.
   */
  make(run: NeededRun, urgent: boolean): boolean {
    const { content, nowMs } = this;
    const { from, until } = run;
    const bytes = content.bytesOf(from, until);
    const limit = urgent && content.scarce
      ? secondsToSend(content, run.deadlineMs, nowMs)
      : Infinity;
    const free = this.#free(urgent);
    let best: Link | undefined;
    let bestSeconds = Infinity;
    let lastResort: Link | undefined;
    const isSpared = this.#sparing.of(run);
    for (const link of free) {
      if (isSpared(link)) continue;
      if (!link.holdsAll(content, from, until)) continue;
      const seconds = link.waitSeconds(bytes, urgent, nowMs);
      // Not in time; the origin may be.
      if (seconds > limit) continue;
      if (!link.delivers(nowMs)) {
        // Else it would keep the run from everybody for ever.
        if (!link.hasLetDown(content, from, nowMs)) lastResort ??= link;
      } else if (seconds < bestSeconds) [best, bestSeconds] = [link, seconds];
    }
    if (lastResort !== undefined && best === undefined) {
      const min = urgent && content.scarce ? BETTER_MIN_SCARCE : BETTER_MIN;
      if (this.#betterHolders(run) < min) best = lastResort;
    }
    if (best === undefined) return free.length > 0;
    this.ask({ link: best, content, run });
    this.#givers.length = 0;
    return this.room(urgent);
  }

  /** How many who deliver hold it, be there room now or not. */
  #betterHolders({ from, until }: NeededRun): number {
    return this.links.filter((link) =>
      link.delivers(this.nowMs) &&
      link.holdsAll(this.content, from, until)
    ).length;
  }

  #free(urgent: boolean): Link[] {
    return this.#givers[urgent ? 1 : 0] ??= this.#find(urgent);
  }

  #find(urgent: boolean): Link[] {
    return this.links.filter((link) =>
      hasRoom(link, this.#bytes, urgent, this.nowMs) &&
      this.content.holders.has(link)
    );
  }
}

/**
 * Whether a peer that gives may be asked for more: one request always; two where that is
 * little, or nothing is known of its speed; then what its uplink carries in
 * 0.2 s. What is not urgent takes no place from what is.
 */
export function hasRoom(
  link: Link,
  bytes: number,
  urgent: boolean,
  nowMs: number,
): boolean {
  if (link.capacity === 0 || link.pausedUntilMs > nowMs) return false;
  if (link.outstanding === 0) return true;
  if (
    link.snubbedUntilMs > nowMs || link.outstanding >= REQUESTS_PER_LINK_MAX
  ) return false;
  const { outstanding, outstandingBytes, bytesPerSecond } = link.flow(urgent);
  if (outstanding < 2) return true;
  const mayBytes = (bytesPerSecond ?? 0) * IN_FLIGHT_SECONDS;
  return outstandingBytes + bytes <= mayBytes;
}

/** How long an urgent chunk takes that is asked for now, in ms, from whoever would have it here soonest; 0 where nobody gives. */
export function shortestWaitMs(
  content: Content,
  links: readonly Link[],
  nowMs: number,
): number {
  const bytes = content.chunkLeaves * LEAF_BYTES;
  let shortest = Infinity;
  for (const link of links) {
    if (!link.delivers(nowMs)) continue;
    shortest = Math.min(shortest, link.waitSeconds(bytes, true, nowMs));
  }
  return shortest === Infinity ? 0 : shortest * 1000;
}
