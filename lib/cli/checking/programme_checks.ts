/**
 * What is wrong with a programme though the playlist can be read: items that
 * cut each other, gaps, facts that are not stated, codecs that do not go
 * together. Warnings, all of them. Pure.
 *
 * @module
 */
import { CHECK_OVERLAP_MS, JOINT_TOLERANCE_MS } from "../../limits.ts";
import type { Item, Playlist } from "../../playlist/playlist.ts";
import type { ProblemList } from "../../playlist/problems.ts";
import { quoted } from "../../playlist/urls.ts";
import { formatTime } from "../../playlist/w3cdtf.ts";
import { Programme } from "../../schedule/programme.ts";

/** What a playlist should be served as. */
const TYPE = "application/x-alluvium";

/** Adds what is wrong to the list. */
export function checkProgramme(
  playlist: Playlist,
  problems: ProblemList,
): void {
  for (const item of playlist.items) checkFacts(item, problems);
  if (playlist.kind === "scheduled") checkTimes(playlist, problems);
}

/** Judges the type with which a playlist came; players and servers may look at it. */
export function checkPlaylistType(
  type: string | undefined,
  problems: ProblemList,
): void {
  const bare = type?.split(";")[0]?.trim().toLowerCase();
  if (bare === TYPE) return;
  const got = bare ? `as ${quoted(bare)}` : "without a type";
  problems.warning(
    "playlist-type",
    `The playlist is served ${got}, not as ${TYPE}: alluvium broadcast --server NAME prints what the server must be told`,
  );
}

function checkFacts(item: Item, problems: ProblemList): void {
  const at = placeOf(item);
  if (item.type === undefined) {
    problems.warning(
      "item-without-type",
      "Item has no type, so nobody knows its codec before it is here: give its enclosure an enc:type such as audio/mpeg",
      at,
    );
  }
  if (item.length === undefined) {
    problems.warning(
      "item-without-length",
      "Item has no length, so it cannot have a root, nor be fetched ahead: give its enclosure an enc:length in bytes",
      at,
    );
  }
  if (item.durationMs === undefined) {
    problems.warning(
      "item-without-duration",
      "Item has no duration, so it is on until the next one starts: give it an mm:duration in milliseconds",
      at,
    );
  }
}

/**
 * What the types say of codecs, where the media were not asked: one mount has one
 * codec, another one is another mount, silent meanwhile.
 */
export function checkTypes(
  items: readonly Item[],
  problems: ProblemList,
): void {
  const counts = new Map<string, number>();
  for (const { type } of items) {
    if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  if (counts.size < 2) return;
  const [usual] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
  const first = items.find(({ type }) => type !== undefined && type !== usual)!;
  const list = [...counts].slice(0, 8).map(([type, n]) => `${n} ${type}`);
  problems.warning(
    "mixed-codecs",
    `Items are of ${counts.size} codecs (${
      list.join(", ")
    }), each is a mount of its own that is silent while another plays: make them one codec`,
    placeOf(first),
  );
}

function checkTimes(playlist: Playlist, problems: ProblemList): void {
  const fromMs = playlist.items.reduce(
    (min, { startMs }) => Math.min(min, startMs!),
    Infinity,
  );
  if (fromMs === Infinity) return;
  let before: Item | undefined;
  for (const slot of new Programme(playlist).slotsFrom(fromMs)) {
    const lengthMs = slot.endMs - slot.startMs;
    if (slot.kind === "gap") {
      if (lengthMs > JOINT_TOLERANCE_MS && slot.endMs < Infinity) {
        problems.warning(
          "gap",
          `Nothing is on for ${seconds(lengthMs)} from ${
            formatTime(slot.startMs)
          }, after this item: add something, or move what follows`,
          before && placeOf(before),
        );
      }
      continue;
    }
    before = slot.item;
    const cutMs = (slot.item.durationMs ?? 0) - lengthMs;
    if (cutMs > CHECK_OVERLAP_MS) {
      problems.warning(
        "overlap",
        `Item is cut by ${seconds(cutMs)} at ${
          formatTime(slot.endMs)
        }, when the next one starts: give it more time`,
        placeOf(slot.item),
      );
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function placeOf({ line }: Item): { line: number } {
  return { line: line ?? 1 };
}
