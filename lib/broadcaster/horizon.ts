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
  const count = countKept(airings, options);
  if (count === airings.length) return before;
  if (count === 0) return { airings: [], endMs: -Infinity };
  const last = airings[count - 1]!;
  const nextMs = airings[count]!.startMs;
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
  { nowMs, isSame, toldMs, changeAll }: KeepOptions,
): number {
  if (isSame && !changeAll) return airings.length;
  const begun = airings.findIndex(({ startMs }) => startMs > nowMs);
  if (begun < 0) return airings.length;
  if (changeAll) return begun;
  const told = airings.findIndex(({ startMs }) => startMs > nowMs + toldMs);
  return Math.max(begun + 1, told < 0 ? airings.length : told);
}
