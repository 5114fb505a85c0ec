/**
 * What a run came to, in the figures of issue 3.
 *
 * @module
 */
import type { Listener } from "./listener.ts";
import type { Scenario } from "./scenario.ts";
import { askedBytes, type Station } from "./station.ts";

/** Whoever holds something this long can have given it to one who needs it. */
const EXISTS_MS = 5_000;

/** Figures of one run. */
export interface Report {
  /** Bytes the origin sent to honest listeners, per byte of the files that it was asked for by them. */
  originCopies: number;
  /** Bytes from peers per byte received and used. */
  peerEfficiency: number;
  /** Bytes from the origin beyond what all uplinks together could not carry, per byte received and used. */
  originSurplus: number;
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
  /** Time until the last listener had the whole file, over the least that anything could do; 0 where none is downloaded. */
  lastOverBound: number;
  /** Links of a listener at the end, on average. */
  links: number;
  /** Most transfers at the origin at a time. */
  originBusiest: number;
  /** Bytes stored that are not the files'. */
  badBytes: number;
  bans: number;
  /** Honest listeners that were banned. */
  wronged: number;
  /** Lies received without a ban. */
  unpunished: number;
  /** Leaves missed though somebody who gives held them five seconds before. */
  avoidable: number;
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
    originSurplus: (fromOrigin - shortfall(station, used)) / used,
    startupMedianMs: quantile(startups, 0.5),
    startupP95Ms: quantile(startups, 0.95),
    startupP99Ms: quantile(startups, 0.99),
    silent: listeners.length - startups.length,
    continuity: due === 0 ? 1 : onTime / due,
    misses: due - onTime,
    stalled: playing.filter(({ due, onTime }) => onTime < due).length,
    duplicates: sum(({ engine }) => engine.stats.duplicateBytes) / used,
    control: sum(({ counts }) => counts.controlBytes) / Math.max(1, mediaBytes),
    lastOverBound: lastOverBound(station),
    links: sum(({ wires }) => wires.size) / Math.max(1, listeners.length),
    originBusiest: world.origin.busiest,
    badBytes: sum(({ counts }) => counts.badBytes),
    bans: sum(({ counts }) => counts.bans.length),
    wronged: scenario.liars === 0 ? sum(({ counts }) => counts.bans.length) : 0,
    unpunished: sum(({ engine, counts }) =>
      engine.stats.badChunks - counts.bans.length
    ),
    avoidable: avoidableMisses(station),
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

/** Misses of what was there to be had in time. */
function avoidableMisses(station: Station): number {
  const { listeners } = station.world;
  const firstMs = new Map<string, Float64Array>();
  const givers = listeners.filter(({ share, alive }) => share && alive);
  for (const player of givers.flatMap(({ players }) => players)) {
    const { key } = player.airing.file;
    const first = firstMs.get(key) ?? player.cameMs.slice();
    player.cameMs.forEach((ms, leaf) =>
      first[leaf] = Math.min(first[leaf]!, ms)
    );
    firstMs.set(key, first);
  }
  let misses = 0;
  for (const { players, diedMs } of listeners) {
    const endMs = Math.min(station.endMs, diedMs ?? Infinity);
    for (const player of players) {
      const first = firstMs.get(player.airing.file.key);
      for (const { leaf, dueMs } of player.misses(endMs)) {
        if (first !== undefined && first[leaf]! <= dueMs - EXISTS_MS) misses++;
      }
    }
  }
  return misses;
}

/** What of some bytes the uplinks of all who give could not have carried in the time there was. */
function shortfall(station: Station, bytes: number): number {
  let carried = 0;
  for (const { line, share, bornMs, diedMs } of station.world.listeners) {
    if (!share) continue;
    const aliveMs = Math.min(station.endMs, diedMs ?? Infinity) - bornMs;
    carried += line.upBytesPerMs * aliveMs;
  }
  return Math.max(0, bytes - carried);
}

/** The bound: max{F/u_s, F/d_min, N·F/(u_s + Σu_i)} (facts, swarm 0). */
function lastOverBound(station: Station): number {
  const { download, world } = station;
  if (download === undefined) return 0;
  const { listeners, origin } = world;
  const sourceRate = origin.line.upBytesPerMs;
  const uplinks = listeners.reduce((sum, l) => sum + l.line.upBytesPerMs, 0);
  const slowest = Math.min(...listeners.map((l) => l.line.downBytesPerMs));
  const boundMs = download.length * Math.max(
    1 / sourceRate,
    1 / slowest,
    listeners.length / (sourceRate + uplinks),
  );
  const lastMs = Math.max(...listeners.map((l) => l.wholeMs - l.bornMs));
  return lastMs / boundMs;
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
