/**
 * Second thoughts about what plays within seconds. At the start of an item all
 * ask the few peers that were heard of first; while those work off their queues
 * others come to hold the same chunk. A request that has waited much longer than
 * another peer would take is moved there. Pure choice: the engine moves.
 *
 * @module
 */
import type { ChunkRequest, Content } from "./content.ts";
import type { Link } from "./link.ts";
import { hasRoom } from "./peer_plan.ts";
import { Sparing } from "./sparing.ts";
import { isUrgent } from "./zones.ts";

/** What a request may wait besides: the round trips to a distant peer … */
const GRACE_MS = 220;

/**
 * … its bytes over an uplink of 2 Mbit/s, since what has left cannot be called
 * back (300 ms in all for 64 KiB gained nothing in a simulated flash crowd, and
 * doubled what came twice) …
 */
const SLOW_BYTES_PER_MS = 250;

/** … and this many times what another peer would take, or as long as that where it plays so soon. */
const PATIENCE = 2;
const LAST_PATIENCE = 1;
const LAST_MS = 1_000;

/**
 * Where uplinks are scarce, which shows after the start by what is urgent still,
 * everything waits, and moving it doubles what comes twice: what plays later than
 * this stays where it was asked for.
 */
const MOVABLE_MS = 1_500;

/** Requests looked at in one pass. */
const REQUESTS_SEEN_MAX = 64;

/** A request to move from one link to another. */
export interface Steal {
  request: ChunkRequest;
  from: Link;
  to: Link;
}

/**
 * Calls `move` for each request to move now; `move` must count it in both
 * links' figures before it returns.
 */
export function planSteals(
  content: Content,
  links: readonly Link[],
  nowMs: number,
  move: (steal: Steal) => void,
): void {
  const sparing = new Sparing(content, links, nowMs);
  let seen = 0;
  for (const request of [...content.requests.values()]) {
    const { from, until } = request;
    const graceMs = GRACE_MS + content.bytesOf(from, until) / SLOW_BYTES_PER_MS;
    const waitedMs = nowMs - request.askedMs - graceMs;
    if (waitedMs < 0 || request.link < 0) continue;
    if (++seen > REQUESTS_SEEN_MAX) return;
    // What has begun to come will go on.
    if (content.held.has(from)) continue;
    const deadlineMs = content.deadlineMs(from, until);
    const urgent = isUrgent(deadlineMs, nowMs);
    if (!urgent && !content.bulk) continue;
    if (content.scarce && deadlineMs - nowMs > MOVABLE_MS) continue;
    const owner = links.find(({ id }) => id === request.link);
    if (owner === undefined) continue;
    const isLast = deadlineMs - nowMs < LAST_MS;
    const limitMs = waitedMs / (isLast ? LAST_PATIENCE : PATIENCE);
    const isSpared = sparing.of({ from, until, deadlineMs });
    const others = links.filter((link) => link !== owner && !isSpared(link));
    const to = quickest(content, request, others, { nowMs, urgent, limitMs });
    if (to !== undefined) move({ request, from: owner, to });
  }
}

interface Quick {
  nowMs: number;
  urgent: boolean;
  limitMs: number;
}

/** The peer that would have it here soonest, if that is within `limitMs`. */
function quickest(
  content: Content,
  { from, until }: ChunkRequest,
  links: readonly Link[],
  { nowMs, urgent, limitMs }: Quick,
): Link | undefined {
  const bytes = content.bytesOf(from, until);
  let best: Link | undefined;
  let bestSeconds = limitMs / 1000;
  for (const link of links) {
    if (!link.delivers(nowMs)) continue;
    if (!hasRoom(link, bytes, urgent, nowMs)) continue;
    if (!link.holdsAll(content, from, until)) continue;
    const seconds = link.waitSeconds(bytes, urgent, nowMs);
    if (seconds < bestSeconds) [best, bestSeconds] = [link, seconds];
  }
  return best;
}
