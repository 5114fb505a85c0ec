/**
 * Lengths of time as playlists write them: `mm:duration` in milliseconds,
 * `itunes:duration` as seconds or `HH:MM:SS`, and the pace of refreshing
 * (`sy:*`). Pure.
 *
 * @module
 */
import { ITEM_DURATION_MS_MAX } from "../limits.ts";

const HOUR_MS = 3_600_000;

/** What `sy:updatePeriod` names; months and years are 30 and 365 days. */
const PERIOD_MS: Readonly<Record<string, number>> = {
  hourly: HOUR_MS,
  daily: 24 * HOUR_MS,
  weekly: 7 * 24 * HOUR_MS,
  monthly: 30 * 24 * HOUR_MS,
  yearly: 365 * 24 * HOUR_MS,
};

/**
 * Reads `mm:duration`: milliseconds, a plain literal.
 *
 * @returns whole milliseconds, at least 1 and at most `ITEM_DURATION_MS_MAX`;
 *   undefined for anything else
 */
export function parseMilliseconds(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text.trim()) ? sane(Number(text)) : undefined;
}

/**
 * Reads `itunes:duration`: `3605`, `60:05`, `1:00:05`, each with fractions.
 *
 * @returns whole milliseconds as {@linkcode parseMilliseconds}
 */
export function parseClockDuration(text: string): number | undefined {
  if (!/^\d+(:\d{1,2}){0,2}(\.\d+)?$/.test(text.trim())) return undefined;
  const seconds = text.trim().split(":")
    .reduce((total, part) => total * 60 + Number(part), 0);
  return sane(seconds * 1000);
}

function sane(ms: number): number | undefined {
  const rounded = Math.round(ms);
  return rounded >= 1 && rounded <= ITEM_DURATION_MS_MAX ? rounded : undefined;
}

/**
 * The refresh interval that `sy:updatePeriod` and `sy:updateFrequency` ask for.
 *
 * @param period default `daily`, as mod_syndication says
 * @param frequency times per period, default 1
 * @returns milliseconds, at least 1; undefined where either cannot be read
 */
export function updateInterval(
  period = "daily",
  frequency = "1",
): number | undefined {
  const periodMs = PERIOD_MS[period.trim().toLowerCase()];
  const times = /^\d+$/.test(frequency.trim()) ? Number(frequency) : 0;
  if (periodMs === undefined || times < 1) return undefined;
  return Math.max(1, Math.round(periodMs / times));
}

/** An interval as `sy:*` has it. */
export interface UpdateRule {
  period: string;
  /** Times per period, from 1. */
  frequency: number;
}

/** `sy:*` for an interval in ms: the nearest that whole numbers can say. */
export function updateRule(intervalMs: number): UpdateRule {
  const rules = Object.entries(PERIOD_MS).map(([period, periodMs]) => {
    const frequency = Math.max(1, Math.round(periodMs / intervalMs));
    const missMs = Math.abs(Math.round(periodMs / frequency) - intervalMs);
    return { period, frequency, missMs };
  });
  const best = rules.reduce((a, b) => b.missMs < a.missMs ? b : a);
  return { period: best.period, frequency: best.frequency };
}
