/**
 * What a person, or a program, is told about a run of the Broadcaster.
 *
 * @module
 */
import type {
  BroadcastResult,
  PlanProblem,
  ProgrammeRunResult,
} from "../../broadcaster/mod.ts";
import type { Item } from "../../playlist/playlist.ts";
import { formatDuration } from "../quantities.ts";
import { formatUtc } from "../times.ts";
import type { BroadcastContext } from "./options.ts";

/** The containers that listeners can play. */
const PLAYABLE =
  /^(audio|video)\/(mpeg|ogg|aac|flac|mp4|webm|x-matroska|mp2t)\b/;

/** Items of a playlist that is large: some 30 MB, a second's reading. */
const LARGE_ITEMS = 50_000;

/** What both kinds of run have in common. */
type AnyResult = BroadcastResult | ProgrammeRunResult;

/**
 * Tells of a run.
 *
 * @param isRelative whether the playlist's addresses are
 * @param before what the run before was warned of: that is not told again
 * @returns what this one was warned of
 */
export function report(
  context: BroadcastContext,
  result: AnyResult,
  isRelative: boolean,
  before?: ReadonlySet<string>,
): ReadonlySet<string> {
  const warnings = new Set([
    ...result.skipped.map(({ path, reason }) => `Left out ${path}: ${reason}`),
    ...bareWarning(result),
    ...("problems" in result ? result.problems.map(problemWarning) : []),
    ...unplayableWarning(result.playlist.items),
    ...largeWarning(result),
  ]);
  for (const warning of warnings) {
    if (!before?.has(warning)) context.log("warn", warning);
  }
  if (context.json) {
    context.emit(documentOf(result));
    return warnings;
  }
  for (const line of lines(result)) context.out(line);
  if (isRelative && before === undefined) {
    context.out(
      "Addresses are relative: serve the folder, and the playlist's address is the station",
    );
  }
  return warnings;
}

/** A read-only folder has hundreds of them: one line for all. */
function bareWarning({ bare }: AnyResult): string[] {
  const [first] = bare;
  if (!first) return [];
  const others = bare.length === 1 ? "" : `, and ${bare.length - 1} more`;
  return [
    `No .tree for ${first.path}: ${first.reason}${others}; they play, but gateways must hash them, and the next run again`,
  ];
}

function problemWarning({ message, count, atMs }: PlanProblem): string {
  const often = count === 1 ? "" : `, and ${count - 1} times more`;
  return `${message} (${formatUtc(atMs)}${often})`;
}

function lines(result: AnyResult): string[] {
  const { playlist: { items }, hashed, written, file } = result;
  const files = new Set(items.map(({ url }) => url)).size;
  return [
    `${written ? "Wrote" : "Unchanged"}: ${file}`,
    `${extent(result)}, ${formatDuration(totalMs(items))} in all`,
    ...("endMs" in result
      ? [`Laid out until ${formatUtc(result.endMs)}; ${hashed} files hashed`]
      : [`${hashed} hashed, ${files - hashed} known before`]),
  ];
}

function documentOf(result: AnyResult) {
  const { playlist, hashed, written, file, skipped, bare } = result;
  return {
    file,
    url: playlist.url,
    kind: playlist.kind,
    items: playlist.items.length,
    durationMs: totalMs(playlist.items),
    written,
    hashed,
    skipped,
    withoutTree: bare,
    ...("endMs" in result
      ? {
        kept: result.kept,
        until: new Date(result.endMs).toISOString(),
        problems: result.problems,
      }
      : {}),
  };
}

function totalMs(items: readonly Item[]): number {
  return items.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0);
}

/** Tells of files that are in the playlist and that listeners of this version pass over. */
function unplayableWarning(items: readonly Item[]): string[] {
  const unplayable = new Map(
    items.filter(({ type }) => !PLAYABLE.test(type ?? ""))
      .map(({ url, type }) => [url, type ?? "an unknown type"]),
  );
  if (unplayable.size === 0) return [];
  const count = unplayable.size === 1
    ? "1 file is"
    : `${unplayable.size} files are`;
  return [
    `${count} in the playlist that listeners cannot play yet: ${
      [...new Set(unplayable.values())].join(", ")
    }; want MP3, AAC, Ogg, FLAC, MP4, WebM or MPEG-TS`,
  ];
}

/** Every listener reads the whole playlist, again after each change. */
function largeWarning({ playlist: { items } }: AnyResult): string[] {
  if (items.length <= LARGE_ITEMS) return [];
  return [
    `The playlist has ${items.length} items, and every listener reads them all whenever it changes: lay out fewer days (horizon-days), or longer files`,
  ];
}

function extent({ playlist: { kind, items } }: AnyResult): string {
  const count = items.length === 1 ? "1 item" : `${items.length} items`;
  if (kind === "rotation") return `A rotation of ${count}`;
  const [first] = items;
  return first ? `${count} from ${formatUtc(first.startMs!)}` : count;
}
