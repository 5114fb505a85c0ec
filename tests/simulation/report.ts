/**
 * What a run came to, in the figures of issue 3.
 *
 * @module
 */
import type { Listener } from "./listener.ts";
import type { Scenario } from "./scenario.ts";
import { askedBytes, type Station } from "./station.ts";

/** Figures of one run. */
export interface Report {
  /** Bytes the origin sent to honest listeners, per byte of the files that it was asked for by them. */
  originCopies: number;
  /** Bytes from peers per byte received and used. */
  peerEfficiency: number;
  /** From being switched on to the first sound, ms. */
  startupMedianMs: number;
  startupP95Ms: number;
  startupP99Ms: number;
  /** Listeners that never heard anything. */
  silent: number;
  /** Share of the media that was there when it was due. */
  continuity: number;
  /** Leaves that were not, and listeners who had any. */
  misses: number;
  stalled: number;
  /** Bytes received twice, per byte received and used. */
  duplicates: number;
  /** Everything a listener sends but media, per byte of media it plays. */
  control: number;
  /** Links of a listener at the end, on average. */
  links: number;
  /** Most transfers at the origin at a time. */
  originBusiest: number;
  /** Bytes stored that are not the files'. */
  badBytes: number;
  bans: number;
  /** Honest listeners that were banned. */
  wronged: number;
}

/** Sums a run up. */
export function report(station: Station, scenario: Scenario): Report {
  const { world } = station;
  const { listeners } = world;
  const sum = (of: (listener: Listener) => number) =>
    listeners.reduce((total, listener) => total + of(listener), 0);
  const fromPeers = sum(({ engine }) => engine.stats.bytesFromPeers);
  const fromOrigin = sum(({ engine }) => engine.stats.bytesFromOrigin);
  const used = Math.max(1, fromPeers + fromOrigin);
  const startups = listeners.map(({ startupMs }) => startupMs)
    .filter((ms) => ms !== undefined).sort((a, b) => a - b);
  const playing = listeners.map((listener) => playedBy(listener, station));
  const due = playing.reduce((total, { due }) => total + due, 0);
  const onTime = playing.reduce((total, { onTime }) => total + onTime, 0);
  const mediaBytes = due * 16384;
  return {
    originCopies: (world.origin.sentBytes - world.origin.wastedBytes) /
      askedBytes(station),
    peerEfficiency: fromPeers / used,
    startupMedianMs: quantile(startups, 0.5),
    startupP95Ms: quantile(startups, 0.95),
    startupP99Ms: quantile(startups, 0.99),
    silent: listeners.length - startups.length,
    continuity: due === 0 ? 1 : onTime / due,
    misses: due - onTime,
    stalled: playing.filter(({ due, onTime }) => onTime < due).length,
    duplicates: sum(({ engine }) => engine.stats.duplicateBytes) / used,
    control: sum(({ counts }) => counts.controlBytes) / Math.max(1, mediaBytes),
    links: sum(({ wires }) => wires.size) / Math.max(1, listeners.length),
    originBusiest: world.origin.busiest,
    badBytes: sum(({ counts }) => counts.badBytes),
    bans: sum(({ counts }) => counts.bans.length),
    wronged: scenario.liars === 0 ? sum(({ counts }) => counts.bans.length) : 0,
  };
}

function playedBy(listener: Listener, station: Station) {
  const endMs = Math.min(station.endMs, listener.diedMs ?? Infinity);
  const total = { due: 0, onTime: 0 };
  for (const player of listener.players) {
    const { due, onTime } = player.result(endMs);
    total.due += due;
    total.onTime += onTime;
  }
  return total;
}

/** The smallest of the ascending values that so many are not above. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
}

/** Figures as lines of a table: of one run, or the mean, least and greatest of several. */
export function tableOf<T extends object>(first: T, ...others: T[]): string {
  const runs = [first, ...others] as Record<string, number>[];
  return Object.keys(first).map((name) => {
    const values = runs.map((run) => run[name] as number);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    const cells = others.length === 0
      ? [mean]
      : [mean, Math.min(...values), Math.max(...values)];
    return [name.padEnd(18), ...cells.map(cellOf)].join(" ").trimEnd();
  }).join("\n");
}

function cellOf(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : 4;
  return value.toFixed(digits).padEnd(8);
}
