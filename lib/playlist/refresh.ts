/**
 * When to read a playlist again: as `sy:*` asks, else as `Cache-Control` allows,
 * else every five minutes; never more often than every 5 s nor more seldom than
 * every 15 min. After a failure sooner, then ever later. Pure; `load.ts` waits.
 *
 * @module
 */
import { PLAYLIST_REFRESH_MS_MAX, PLAYLIST_REFRESH_MS_MIN } from "../limits.ts";

/** What is known about how long a version of a playlist stays good. */
export interface Freshness {
  /** `sy:*`, in ms. */
  updateIntervalMs?: number | undefined;
  /** The `Cache-Control` header. */
  cacheControl?: string | undefined;
  /** The `Age` header: seconds the answer lay in a cache. */
  age?: string | undefined;
}

/** Where nobody says anything: a 304 every five minutes costs a station 2 bytes a second per listener. */
const DEFAULT_MS = 5 * 60_000;

/** Each wait is up to this much longer or shorter, so that listeners do not come all at once. */
const SPREAD = 0.1;

/**
 * How long to wait before the next reading of a playlist that was read well.
 *
 * @param chance a number in [0, 1): where in the spread of ± 10 % to fall
 * @returns milliseconds, within the limits
 *
 * @example
 * ```ts
 * import { refreshDelay } from "./refresh.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(refreshDelay({ updateIntervalMs: 60_000 }, 0.5), 60_000);
 * assertEquals(refreshDelay({ cacheControl: "max-age=1" }, 0.5), 5000);
 * ```
 */
export function refreshDelay(freshness: Freshness, chance: number): number {
  const wanted = freshness.updateIntervalMs ?? maxAgeMs(freshness) ??
    DEFAULT_MS;
  return within(wanted * (1 + SPREAD * (2 * chance - 1)));
}

/**
 * How long to wait after a failure: 5 s, doubled with each further one.
 *
 * @param failures how many in a row, from 1
 * @param retryAfter the `Retry-After` header, if there was one, in seconds
 * @param chance a number in [0, 1)
 * @returns milliseconds, within the limits
 */
export function retryDelay(
  failures: number,
  retryAfter: string | undefined,
  chance: number,
): number {
  const asked = /^\d+$/.test(retryAfter?.trim() ?? "")
    ? Number(retryAfter) * 1000
    : 0;
  const own = PLAYLIST_REFRESH_MS_MIN * 2 ** Math.min(failures - 1, 20);
  return within(Math.max(asked, own * (1 + SPREAD * (2 * chance - 1))));
}

function within(ms: number): number {
  return Math.round(
    Math.min(PLAYLIST_REFRESH_MS_MAX, Math.max(PLAYLIST_REFRESH_MS_MIN, ms)),
  );
}

/** What is left of `max-age`; undefined where it says nothing or "always ask". */
function maxAgeMs(freshness: Freshness): number | undefined {
  const directives = freshness.cacheControl?.toLowerCase() ?? "";
  if (/\bno-(?:cache|store)\b/.test(directives)) return undefined;
  const seconds = Number(/\bmax-age\s*=\s*"?(\d+)/.exec(directives)?.[1] ?? 0);
  if (seconds === 0) return undefined;
  const age = Number(/^\d+$/.exec(freshness.age?.trim() ?? "")?.[0] ?? 0);
  return Math.max(0, seconds - age) * 1000;
}
