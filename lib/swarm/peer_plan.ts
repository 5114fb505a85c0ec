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
import { REQUESTS_PER_LINK_MAX } from "../limits.ts";
import type { Content, NeededRun } from "./content.ts";
import type { Link } from "./link.ts";
import { isUrgent, leadEndMs, NEAR_MS, SOON_MS } from "./zones.ts";

/** At most this much of a peer's uplink is in flight to us, in seconds. */
const IN_FLIGHT_SECONDS = 0.2;

/** Chunks looked at in one pass, so that a pass costs the same for any file. */
const CHUNKS_SEEN_MAX = 256;

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
  if (links.length === 0) return;
  const soon: Candidate[] = [];
  const later: Candidate[] = [];
  const endMs = leadEndMs(content, NEAR_MS, nowMs);
  let seen = 0;
  for (const run of content.needed()) {
    if (++seen > CHUNKS_SEEN_MAX) break;
    const rarity = content.availability[run.from] as number;
    if (run.deadlineMs > endMs && run.deadlineMs < Infinity) break;
    if (rarity === 0 || run.deadlineMs > endMs) continue;
    if (!content.judges(run.from, run.until)) continue;
    if (isUrgent(run.deadlineMs, nowMs)) {
      if (!offer(content, run, links, nowMs, ask)) return;
    } else {
      const zone = run.deadlineMs - nowMs < SOON_MS ? soon : later;
      zone.push({ run, rank: rarity + random() });
    }
  }
  // What can wait would only fill the line that urgent bytes are to come by.
  if (links.some((link) => link.urgent.outstanding > 0)) return;
  for (const zone of [soon, later]) {
    for (const { run } of zone.sort((a, b) => a.rank - b.rank)) {
      if (!offer(content, run, links, nowMs, ask)) return;
    }
  }
}

/**
 * Asks the best peer for a run; false when no peer has room for anything. A peer
 * that let us down is asked only for what no better one holds.
 */
function offer(
  content: Content,
  run: NeededRun,
  links: readonly Link[],
  nowMs: number,
  ask: (choice: PeerChoice) => void,
): boolean {
  const bytes = content.bytesOf(run.from, run.until);
  const urgent = isUrgent(run.deadlineMs, nowMs);
  let best: Link | undefined;
  let bestSeconds = Infinity;
  let lastResort: Link | undefined;
  let room = false;
  let heldByGood = false;
  for (const link of links) {
    const free = hasRoom(link, bytes, urgent, nowMs);
    room ||= free;
    if (!link.holds(content)?.hasAll(run.from, run.until)) continue;
    heldByGood ||= link.delivers(nowMs);
    if (!free) continue;
    if (!link.delivers(nowMs)) lastResort ??= link;
    else {
      const seconds = link.waitSeconds(bytes, urgent, nowMs);
      if (seconds < bestSeconds) [best, bestSeconds] = [link, seconds];
    }
  }
  const chosen = best ?? (heldByGood ? undefined : lastResort);
  if (chosen !== undefined) ask({ link: chosen, content, run });
  return room;
}

/**
 * Whether a peer may be asked for more: one request always; two where that is
 * little, or nothing is known of its speed; then what its uplink carries in
 * 0.2 s. What is not urgent takes no place from what is.
 */
export function hasRoom(
  link: Link,
  bytes: number,
  urgent: boolean,
  nowMs: number,
): boolean {
  if (link.pausedUntilMs > nowMs) return false;
  if (link.outstanding === 0) return true;
  if (link.snubbed || link.outstanding >= REQUESTS_PER_LINK_MAX) return false;
  const { outstanding, outstandingBytes, bytesPerSecond } = link.flow(urgent);
  if (outstanding < 2) return true;
  const mayBytes = (bytesPerSecond ?? 0) * IN_FLIGHT_SECONDS;
  return outstandingBytes + bytes <= mayBytes;
}
