/**
 * `alluvium check`: what is wrong with a playlist and what to do about it, then
 * what plays when. It asks for the media of what it shows, a few parts of each;
 * with `--no-media` it reads the playlist alone.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { CHECK_ROWS_MAX } from "../limits.ts";
import { PlaylistSource } from "../playlist/load.ts";
import type { Playlist, Problem } from "../playlist/playlist.ts";
import { ClockOffset } from "../schedule/clock_offset.ts";
import { ProblemList } from "../playlist/problems.ts";
import { Programme } from "../schedule/programme.ts";
import { checkMedia } from "./checking/media_checks.ts";
import {
  checkMounts,
  checkTrack,
  type JudgedItem,
} from "./checking/mount_checks.ts";
import { problemLines } from "./checking/problem_lines.ts";
import {
  checkPlaylistType,
  checkProgramme,
  checkTypes,
} from "./checking/programme_checks.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import {
  type ProgrammeRows,
  programmeRows,
  spanOf,
  type Stretch,
} from "./programme_rows.ts";
import { programmeRecords, programmeTable } from "./programme_table.ts";
import { formatDuration } from "./quantities.ts";
import { formatUtc, localZone, parseWhen } from "./times.ts";

/** Rows printed where no number of days was asked for: two screens. */
const ROWS_DEFAULT = 50;

const DAY_MS = 24 * 3_600_000;

/** A clock that is off by more is told of: listeners would hear another second than others. */
const CLOCK_TOLD_MS = 1000;

const options = {
  at: {
    type: "string",
    value: "TIME",
    help:
      "Show the programme from this time on, UTC if no zone is given; now by default",
  },
  days: {
    type: "number",
    value: "N",
    max: 3660,
    help: `Show this many days; ${ROWS_DEFAULT} rows by default`,
  },
  "no-media": {
    type: "boolean",
    help: "Do not ask for the media of what is shown",
  },
} as const;

type CheckContext = CommandContext<typeof options>;

const command: Command<typeof options> = defineCommand({
  name: "check",
  summary: "Validate a playlist and print what plays when",
  usage: "check PLAYLIST [options]",
  help: {
    about:
      "Reads a playlist, from the web or from a file, and tells what is wrong with it: each problem with its line, and what to do. An item with an error is left out by every listener; the rest of the station goes on. Warnings cost nothing but should be put right.\n\nIt asks for each media file that it shows, to see whether it is there, as long as the playlist says, and to be had in parts; reads as much of it as tells its codecs, and whether all items can be heard on one stream; and asks for the hash tree beside it, and whether the file begins and ends as that says.\n\nThen comes the programme as a table, in this machine's time and in UTC, with gaps and with items that the next one cuts short.\n\nThe exit code is 1 if there are errors.",
    examples: [
      { does: "Check a file", line: "alluvium check playlist.rss" },
      {
        does: "See a week of a station",
        line:
          "alluvium check https://radio.example/playlist.rss --at 2026-11-22 --days 7",
      },
    ],
  },
  operands: { min: 1, max: 1 },
  options,
  run: check,
});

export default command;

async function check(context: CheckContext): Promise<void> {
  const name = context.operands[0]!;
  const nowMs = context.clock.now();
  const fromMs = context.options.at === undefined
    ? undefined
    : parseWhen(context.options.at, "at", nowMs);
  const { playlist, type } = await load(context, name);
  const programme = new Programme(playlist);
  const stretch = stretchOf(playlist, nowMs, fromMs, context.options.days);
  const shown = programmeRows(programme, stretch);
  const more = await furtherProblems(context, playlist, type, shown);
  const judged = {
    ...playlist,
    problems: [...playlist.problems, ...more].sort(byLine),
  };
  if (context.json) context.emit(documentOf(judged, shown));
  else print(context, name, judged, shown);
  failOnErrors(name, judged.problems);
}

/** What can only be told of the programme as a whole, or by asking for the media. */
async function furtherProblems(
  context: CheckContext,
  playlist: Playlist,
  type: string | undefined,
  { rows }: ProgrammeRows,
): Promise<Problem[]> {
  const problems = new ProblemList();
  if (!playlist.url.startsWith("file:")) checkPlaylistType(type, problems);
  checkProgramme(playlist, problems);
  const { filler } = playlist;
  const shown = rows.map(({ item }) => item).filter((x) => x !== undefined);
  const found = context.options["no-media"] ? [] : await checkMedia(
    filler ? [...shown, filler] : shown,
    {
      problems,
      clock: context.clock,
      fetch: globalThis.fetch,
      signal: context.signal,
      onProgress: (done, total) =>
        context.progress.bar("Asking for media", done, total, "steps"),
    },
  ).finally(() => context.progress.clear());
  const judged = found.filter((one): one is JudgedItem =>
    one.item !== undefined && one.facts !== undefined
  );
  for (const one of judged) checkTrack(one, problems);
  if (found.length > 0 && judged.length === found.length) {
    const its = judged.find(({ item }) => item === filler);
    checkMounts(judged.filter((one) => one !== its), its, problems);
  } else checkTypes(playlist.items, problems);
  return problems.finish();
}

function byLine(a: Problem, b: Problem): number {
  return (a.line ?? Infinity) - (b.line ?? Infinity) || 0;
}

/** A playlist, and the type it was served as. */
interface Loaded {
  playlist: Playlist;
  type: string | undefined;
}

/** Reads it; one that cannot be read at all is a document with one problem. */
async function load(context: CheckContext, name: string): Promise<Loaded> {
  const { clock, random, signal } = context;
  const source = new PlaylistSource(name, { clock, random });
  try {
    const { playlist, serverTime, type } = await source.refresh(signal);
    const offset = new ClockOffset();
    if (serverTime) offset.handleSample(serverTime);
    if (Math.abs(offset.offsetMs) > CLOCK_TOLD_MS) warnClock(context, offset);
    return { playlist, type };
  } catch (error) {
    if (context.json && error instanceof AlluviumError) {
      const { code, message, place: { line, column } } = error;
      context.emit({
        url: source.url.href,
        problems: [{ severity: "error", code, message, line, column }],
      });
    }
    throw error;
  }
}

function warnClock({ log }: CheckContext, offset: ClockOffset): void {
  const seconds = (Math.abs(offset.offsetMs) / 1000).toFixed(1);
  const side = offset.offsetMs > 0 ? "behind" : "ahead of";
  log(
    "warn",
    `This machine's clock is ${seconds} s ${side} the server's: set it, or times below are off by that`,
  );
}

/** From now, or where nothing is scheduled now from the first item. */
function stretchOf(
  playlist: Playlist,
  nowMs: number,
  atMs: number | undefined,
  days: number | undefined,
): Stretch {
  const span = playlist.kind === "scheduled"
    ? spanOf(playlist.items)
    : undefined;
  const away = span && (nowMs < span.startMs || nowMs >= span.endMs);
  const fromMs = atMs ?? (away ? span.startMs : nowMs);
  if (days !== undefined) {
    return { fromMs, untilMs: fromMs + days * DAY_MS, rowsMax: CHECK_ROWS_MAX };
  }
  // One turn says all of a rotation.
  const untilMs = playlist.kind === "rotation"
    ? fromMs + totalMs(playlist)
    : Infinity;
  return { fromMs, untilMs, rowsMax: ROWS_DEFAULT };
}

function totalMs({ items }: Playlist): number {
  return items.filter(({ startMs }) => startMs === undefined)
    .reduce((sum, item) => sum + (item.durationMs ?? 0), 0);
}

function print(
  context: CheckContext,
  name: string,
  playlist: Playlist,
  shown: ProgrammeRows,
): void {
  const nowMs = context.clock.now();
  for (const line of problemLines(name, playlist.problems)) context.out(line);
  if (playlist.problems.length > 0) context.out("");
  for (const line of summary(playlist, nowMs)) context.out(line);
  if (shown.rows.length > 0) context.out("");
  for (const line of programmeTable(shown.rows, localZone(), nowMs)) {
    context.out(line);
  }
  const end = endingOf(shown, playlist, context.options.days);
  if (end !== undefined && shown.rows.length > 0) context.out(end);
}

function endingOf(
  shown: ProgrammeRows,
  { kind }: Playlist,
  days: number | undefined,
): string | undefined {
  if (shown.more && days === undefined) {
    return "… and more: --days N shows N days";
  }
  if (shown.more) return "… and more: --at TIME shows it from a later time on";
  if (shown.ends) return "The programme ends here";
  if (kind === "rotation") return "… and so on, for ever";
  return undefined;
}

function summary(playlist: Playlist, nowMs: number): string[] {
  const { title, items, gateways } = playlist;
  const lines = [`${title}: ${extent(playlist, nowMs)}`];
  lines.push(
    gateways.length > 0
      ? `Gateway: ${gateways.join(", ")}`
      : "No gateway: listeners need one of their own (--gateway) to find each other",
  );
  const rooted = items.filter(({ root }) => root !== undefined).length;
  if (items.length > 0 && rooted === items.length) {
    lines.push("Every item has its root: nobody but the station is trusted");
  } else if (items.length > 0) {
    lines.push(
      `${rooted} of ${items.length} items have a root: for the others the gateway is believed`,
    );
  }
  return lines;
}

function extent(playlist: Playlist, nowMs: number): string {
  const { kind, items } = playlist;
  const count = items.length === 1 ? "1 item" : `${items.length} items`;
  if (items.length === 0) return "nothing to play";
  if (kind === "rotation") {
    return `a rotation of ${count}, ${
      formatDuration(totalMs(playlist))
    } a turn`;
  }
  const { startMs, endMs } = spanOf(items)!;
  const end = endMs === Infinity ? "an end not stated" : formatUtc(endMs);
  const state = nowMs < startMs
    ? ", not begun yet"
    : nowMs >= endMs
    ? ", over"
    : "";
  return `${count} from ${formatUtc(startMs)} to ${end}${state}`;
}

function documentOf(playlist: Playlist, shown: ProgrammeRows) {
  const { url, kind, title, gateways, items, problems } = playlist;
  return {
    url,
    kind,
    title,
    gateways,
    items: items.length,
    itemsWithRoot: items.filter(({ root }) => root !== undefined).length,
    problems,
    programme: programmeRecords(shown.rows),
    more: shown.more,
  };
}

function failOnErrors(name: string, problems: readonly Problem[]): void {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (errors === 0) return;
  const count = errors === 1 ? "1 error" : `${errors} errors`;
  throw new AlluviumError("playlist-invalid", `The playlist has ${count}`, {
    file: name,
  });
}
