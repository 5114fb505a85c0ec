/**
 * The zones of time to play, which all parts of the engine mean alike. Urgent is
 * what plays within seconds: it is asked for in the order of play and sent
 * before all else. What plays within the next half minute is told to peers at
 * once. Further ahead everything can wait, and is spread over the time there is.
 *
 * @module
 */
import type { Content } from "./content.ts";

/** What plays within this presses. */
export const PRESSING_MS = 3_000;

/** What plays within this is urgent. */
export const URGENT_MS = 6_000;

/** What plays within this is wanted before what plays later. */
export const SOON_MS = 15_000;

/** What plays within this is told to peers at once, and asked of them whatever the time. */
export const NEAR_MS = 30_000;

/**
 * Beyond that the lead over play grows with time, so fast that prefetching takes
 * this many bytes a second beside the media's own: 1 Mbit/s, and so brings an
 * hour of audio in eight minutes …
 */
const LEAD_BYTES_PER_SECOND = 125_000;

/** … but for media of higher rates this many seconds a second. */
const LEAD_GROWTH_MIN = 2;

/** Whether something that plays at `deadlineMs` is urgent. */
export function isUrgent(deadlineMs: number, nowMs: number): boolean {
  return deadlineMs - nowMs < URGENT_MS;
}

/**
 * Until when of the media is wanted now: so far ahead of play at least, and
 * further with the time since the content was opened. Infinity for a whole file.
 */
export function leadEndMs(
  content: Content,
  leadMs: number,
  nowMs: number,
): number {
  if (content.bulk) return Infinity;
  const bytesPerSecond = content.playhead?.bytesPerSecond ?? Infinity;
  const growth = Math.max(
    LEAD_GROWTH_MIN,
    LEAD_BYTES_PER_SECOND / bytesPerSecond,
  );
  return nowMs + leadMs + growth * (nowMs - content.openedMs);
}

/** Where peers carry what they need, all that plays comes in time from now on … */
const STARTED_MS = 10_000;

/** … and the lead does not shrink after this. */
const SETTLED_MS = 30_000;

/** Who has less than this of what plays, so long after the start, will not be carried by peers alone … */
const SCARCE_MS = 1_500;

/** … and more links help who has less than this. */
const SHORT_MS = 3_000;

/**
 * A lead that has shrunk to this, from one that was long, goes on shrinking: what
 * is seconds ahead comes and goes. Where peers are just able to carry what plays
 * all have what is urgent, six seconds, and some had more.
 */
const SHRUNK_MS = 4_000;
const LONG_MS = SOON_MS;

/** A peer has at least this long to send something, however late it is. */
const SECONDS_MIN = 1;

/**
 * What a peer may take where peers do not carry all: half of what is urgent, or of
 * the time to play if that is more. It tells of all that is urgent, and what plays
 * sooner goes first: whoever had a second left, and believed a queue of two, lived
 * from the origin ever after (`docs/decisions/origin.md`).
 */
const PEERS_SHARE = 0.5;

/** Whether a content has been open so long that all that plays comes in time, where peers carry it. */
function hasStarted({ openedMs }: Content, nowMs: number): boolean {
  return nowMs - openedMs > STARTED_MS;
}

/**
 * Whether all peers together do not carry what is played, and the origin does:
 * somebody is about to hear a gap, or has less and less before him. While the
 * origin does not answer peers are all there is.
 */
export function isScarce(content: Content, nowMs: number): boolean {
  const { bulk, playhead, originNotBeforeMs } = content;
  if (bulk || playhead === undefined || !hasStarted(content, nowMs)) {
    return false;
  }
  if (nowMs < originNotBeforeMs) return false;
  const leadMs = content.missingMs() - nowMs;
  const settled = nowMs - content.openedMs > SETTLED_MS;
  const long = settled && content.leadMs > LONG_MS;
  return leadMs < SCARCE_MS || long && leadMs < SHRUNK_MS;
}

/** Whom nobody has dialled after this has the links alone that it dialled itself. */
const UNDIALLED_MS = 1_000;

/**
 * Whether more is wanted than the usual links bring: a whole file as fast as it
 * comes, or what plays at once.
 *
 * @param undialled nobody has dialled us
 */
export function isShort(
  contents: Iterable<Content>,
  undialled: boolean,
  nowMs: number,
): boolean {
  const afterMs = undialled ? UNDIALLED_MS : STARTED_MS;
  for (const content of contents) {
    if (!content.wanting) continue;
    const late = nowMs - content.openedMs > afterMs &&
      content.missingMs() - nowMs < SHORT_MS;
    if (content.bulk || late) return true;
  }
  return false;
}

/**
 * Seconds within which a peer must have sent what plays at `deadlineMs`, lest
 * another source be better. Peers are slower by their own account than they turn
 * out to be, so all of the time is theirs while uplinks suffice: a hundred
 * listeners of a video who had given them half of it from the start fetched 1.1 to
 * 2 copies instead of 1.02. Where uplinks are scarce the last second is the
 * origin's.
 */
export function secondsToSend(
  content: Content,
  deadlineMs: number,
  nowMs: number,
): number {
  const seconds = (deadlineMs - nowMs) / 1000;
  if (!content.scarce) return Math.max(SECONDS_MIN, seconds);
  return seconds < SECONDS_MIN
    ? 0
    : Math.max(URGENT_MS / 1000, seconds) * PEERS_SHARE;
}
