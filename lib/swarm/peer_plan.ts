/**
 * What to ask which peer: earliest deadline first near the playing position,
 * rarest first far from it; each chunk of the peer that would have it here
 * soonest. Pure choice: the engine makes requests of what comes out.
 *
 * @module
 */
import { REQUESTS_PER_LINK_MAX } from "../limits.ts";
import type { Content, NeededRun } from "./content.ts";
import type { Link } from "./link.ts";

/** Within this the order is by deadline, beyond it by rarity. */
export const NEAR_MS = 30_000;

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
  const far: { run: NeededRun; rarity: number }[] = [];
  let seen = 0;
  for (const run of content.needed()) {
    if (++seen > CHUNKS_SEEN_MAX) break;
    const rarity = content.availability[run.from] as number;
    if (rarity === 0 || !content.judges(run.from, run.until)) continue;
    if (run.deadlineMs - nowMs >= NEAR_MS) {
      far.push({ run, rarity: rarity + random() });
    } else if (!offer(content, run, links, nowMs, ask)) return;
  }
  far.sort((a, b) => a.rarity - b.rarity);
  for (const { run } of far) {
    if (!offer(content, run, links, nowMs, ask)) return;
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
  let best: Link | undefined;
  let bestSeconds = Infinity;
  let lastResort: Link | undefined;
  let room = false;
  let heldByGood = false;
  for (const link of links) {
    const free = hasRoom(link, bytes, nowMs);
    room ||= free;
    if (!link.holds(content)?.hasAll(run.from, run.until)) continue;
    heldByGood ||= link.delivers(nowMs);
    if (!free) continue;
    if (!link.delivers(nowMs)) lastResort ??= link;
    else {
      const seconds = link.waitSeconds(bytes, nowMs);
      if (seconds < bestSeconds) [best, bestSeconds] = [link, seconds];
    }
  }
  const chosen = best ?? (heldByGood ? undefined : lastResort);
  if (chosen !== undefined) ask({ link: chosen, content, run });
  return room;
}

/** One request always; two where that is little; then what the uplink carries in 0.2 s. */
function hasRoom(link: Link, bytes: number, nowMs: number): boolean {
  if (link.pausedUntilMs > nowMs) return false;
  if (link.outstanding === 0) return true;
  if (link.snubbed || link.outstanding >= REQUESTS_PER_LINK_MAX) return false;
  return link.outstanding < 2 ||
    link.outstandingBytes + bytes <= link.rate * IN_FLIGHT_SECONDS;
}
