/**
 * Whose time it is: from the blocks' times to spans that tile the programme, and
 * from the events' times to their moments. Of two blocks at one time the one
 * further down the file has it; where there is none, it is the rotation's. Pure.
 *
 * @module
 */
import { occurrences } from "./recurrence.ts";
import type { Block, Station, StationEvent } from "./station.ts";
import { datesBetween, isOn, laterDate, localDate, localToMs } from "./zone.ts";

/** A stretch of time with one owner. */
export interface Span {
  /** In ms since the epoch. */
  startMs: number;
  /** In ms since the epoch, excluded. */
  endMs: number;
  /** The block; undefined for the rotation. */
  block?: Block;
  /** When the block began: before `startMs` where another block was in between. */
  sinceMs: number;
}

/** An event at a moment. */
export interface Occurrence {
  /** In ms since the epoch, on a whole second. */
  atMs: number;
  event: StationEvent;
}

const DAY_MS = 24 * 3_600_000;
/** A block lasts a week at most. */
const LONGEST_MS = 7 * DAY_MS;

/** The spans that tile a time. */
export function spansOf(
  station: Station,
  fromMs: number,
  untilMs: number,
): Span[] {
  const windows = station.blocks.flatMap((block, rank) =>
    windowsOf(block, station.timeZone, fromMs, untilMs)
      .map((window) => ({ ...window, rank }))
  );
  const edges = new Set([fromMs]);
  for (const { startMs, endMs } of windows) edges.add(startMs).add(endMs);
  const inside = [...edges].filter((ms) => ms >= fromMs && ms < untilMs)
    .sort((a, b) => a - b);
  windows.sort((a, b) => a.startMs - b.startMs);
  const spans: Span[] = [];
  let open: typeof windows = [];
  let next = 0;
  for (const [i, startMs] of inside.entries()) {
    while (next < windows.length && windows[next]!.startMs <= startMs) {
      open.push(windows[next++]!);
    }
    open = open.filter(({ endMs }) => endMs > startMs);
    const top = open.reduce<typeof windows[number] | undefined>(
      (best, one) => !best || one.rank >= best.rank ? one : best,
      undefined,
    );
    add(spans, {
      startMs,
      endMs: inside[i + 1] ?? untilMs,
      sinceMs: top?.startMs ?? startMs,
      ...(top ? { block: top.block } : {}),
    });
  }
  return spans;
}

/** Adds a span, or makes the one before it longer. */
function add(spans: Span[], span: Span): void {
  const last = spans.at(-1);
  const isSame = last && last.block === span.block &&
    (span.block === undefined || last.sinceMs === span.sinceMs);
  if (isSame) last.endMs = span.endMs;
  else spans.push(span);
}

/** A block's own times that touch a stretch. */
function windowsOf(
  block: Block,
  zone: string,
  fromMs: number,
  untilMs: number,
): { startMs: number; endMs: number; block: Block }[] {
  const windows = block.time.kind === "daily"
    ? dailyWindows(block.time, zone, fromMs, untilMs)
    : cronWindows(block.time, zone, fromMs, untilMs, block.line);
  return windows
    .filter(({ startMs, endMs }) =>
      startMs < endMs && endMs > fromMs && startMs < untilMs
    )
    .map((window) => ({ ...window, block }));
}

type Window = { startMs: number; endMs: number };

function dailyWindows(
  time: Extract<Block["time"], { kind: "daily" }>,
  zone: string,
  fromMs: number,
  untilMs: number,
): Window[] {
  // A day earlier, for blocks that go on past midnight.
  return [...datesBetween(fromMs - DAY_MS, untilMs, zone)]
    .filter((date) => isOn(date, time.days))
    .map((date) => ({
      startMs: localToMs(date, time.from, zone),
      endMs: localToMs(
        time.to > time.from ? date : laterDate(date, 1),
        time.to,
        zone,
      ),
    }));
}

function cronWindows(
  time: Extract<Block["time"], { kind: "cron" }>,
  zone: string,
  fromMs: number,
  untilMs: number,
  line: number | undefined,
): Window[] {
  return occurrences(time.cron, zone, fromMs - LONGEST_MS, untilMs, line)
    .filter((ms) => isOn(localDate(ms, zone), time.days))
    .map((startMs) => ({ startMs, endMs: startMs + time.minutes * 60_000 }));
}

/** The events of a stretch, by time; of those at one moment the first of the file comes first. */
export function eventsOf(
  station: Station,
  fromMs: number,
  untilMs: number,
): Occurrence[] {
  const { timeZone } = station;
  return station.events.flatMap((event) =>
    momentsOf(event, timeZone, fromMs, untilMs).map((atMs) => ({ atMs, event }))
  ).sort((a, b) => a.atMs - b.atMs);
}

function momentsOf(
  { time, line }: StationEvent,
  zone: string,
  fromMs: number,
  untilMs: number,
): number[] {
  if (time.kind === "cron") {
    return occurrences(time.cron, zone, fromMs, untilMs, line)
      .filter((ms) => isOn(localDate(ms, zone), time.days));
  }
  const moments = [...datesBetween(fromMs - DAY_MS, untilMs, zone)]
    .filter((date) => isOn(date, time.days))
    .flatMap((date) => time.at.map((at) => localToMs(date, at, zone)))
    .filter((ms) => ms >= fromMs && ms < untilMs);
  // Two times of the day may be one, on the day that lacks an hour.
  return [...new Set(moments)];
}
