/**
 * What of a laid out programme stays when it is laid out anew: all of it where
 * nothing changed, else what is on the air, what comes next, and what listeners
 * may already have been told. Pure.
 *
 * @module
 */
import type { Airing } from "../planner/mod.ts";

/** A programme as it was laid out last. */
export interface LaidOut {
  /** In the order of time. */
  airings: readonly Airing[];
  /** Where it ends, in ms since the epoch. */
  endMs: number;
}

/** What decides. */
export interface KeepOptions {
  /** In ms since the epoch. */
  nowMs: number;
  /** File and media are as they were. */
  isSame: boolean;
  /** What listeners may have read already, in ms from now. */
  toldMs: number;
  /** Change what is on the air and next as well. */
  changeAll: boolean;
  /** How long a file plays, in ms; undefined where nobody knows any more. */
  durationOf(path: string): number | undefined;
}

/** What stays; the rest is laid out from its end. */
export function keep(before: LaidOut, options: KeepOptions): LaidOut {
  const { airings } = before;
  if (options.isSame && !options.changeAll) return before;
  const count = countKept(airings, options);
  if (count === 0) return { airings: [], endMs: -Infinity };
  const last = airings[count - 1]!;
  // A gap after it, where there was nothing to play, is not kept.
  const nextMs = airings[count]?.startMs ?? before.endMs;
  const ownMs = last.startMs + (options.durationOf(last.path) ?? Infinity);
  const endMs = Math.min(nextMs, ownMs);
  return {
    airings: airings.slice(0, count),
    // What is cut short to make room is cut now, on a whole second.
    endMs: options.changeAll
      ? Math.min(endMs, Math.ceil(options.nowMs / 1000) * 1000)
      : endMs,
  };
}

function countKept(
  airings: readonly Airing[],
  { nowMs, toldMs, changeAll, durationOf }: KeepOptions,
): number {
  const begun = airings.findIndex(({ startMs }) => startMs > nowMs);
  if (begun < 0) return airings.length;
  if (changeAll) return begun;
  const told = airings.findIndex(({ startMs }) => startMs > nowMs + toldMs);
  const [on, next] = [airings[begun - 1], airings[begun]!];
  const endMs = on ? on.startMs + (durationOf(on.path) ?? Infinity) : -Infinity;
  // Silence that nobody was told the end of may be filled.
  const isGap = endMs < next.startMs && next.startMs > nowMs + toldMs;
  const least = isGap ? begun : begun + 1;
  return Math.max(least, told < 0 ? airings.length : told);
}
