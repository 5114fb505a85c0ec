/**
 * Playlists for the schedule's tests, random ones too, and a slow reference
 * that says what is on by looking at every item.
 *
 * @module
 */
import fc from "fast-check";
import type { Item, Playlist } from "../../lib/playlist/playlist.ts";
import type { Slot } from "../../lib/schedule/mod.ts";

/** A playlist of items that matter to the schedule alone. */
export function playlist(
  kind: Playlist["kind"],
  items: Partial<Item>[],
  anchorMs = 0,
): Playlist {
  return {
    url: "https://radio.example/playlist.rss",
    kind,
    title: "T",
    gateways: [],
    anchorMs,
    items: items.map((item, i) => ({
      url: `https://radio.example/${i}.mp3`,
      title: `${i}`,
      ...item,
    })),
    problems: [],
  };
}

const durationMs = fc.integer({ min: 1, max: 50 });

/** Scheduled, in any order, with equal starts, overlaps, gaps and unknown durations. */
export const scheduled: fc.Arbitrary<Playlist> = fc.array(
  fc.record({ startMs: fc.integer({ min: 0, max: 200 }), durationMs }, {
    requiredKeys: ["startMs"],
  }),
  { maxLength: 12 },
).map((items) => playlist("scheduled", items));

/** Rotations, with items of unknown duration among them. */
export const rotation: fc.Arbitrary<Playlist> = fc.tuple(
  fc.array(fc.record({ durationMs }, { requiredKeys: [] }), { maxLength: 12 }),
  fc.integer({ min: -300, max: 300 }),
).map(([items, anchorMs]) => playlist("rotation", items, anchorMs));

/** Of either kind. */
export const anyPlaylist: fc.Arbitrary<Playlist> = fc.oneof(
  scheduled,
  rotation,
);

/** The title of what is on at `nowMs`, "" for a gap, and how far in: by looking at every item. */
export function slowly(list: Playlist, nowMs: number): [string, number] {
  return list.kind === "scheduled"
    ? slowlyScheduled(list, nowMs)
    : slowlyRotating(list, nowMs);
}

function slowlyScheduled({ items }: Playlist, nowMs: number): [string, number] {
  let on: Item | undefined;
  for (const item of items) {
    if (item.startMs! > nowMs) continue;
    if (!on || item.startMs! >= on.startMs!) on = item;
  }
  if (!on || on.startMs! + (on.durationMs ?? Infinity) <= nowMs) return ["", 0];
  return [on.title, nowMs - on.startMs!];
}

function slowlyRotating(list: Playlist, nowMs: number): [string, number] {
  const items = list.items.filter((item) => item.durationMs !== undefined);
  const total = items.reduce((sum, item) => sum + item.durationMs!, 0);
  if (total === 0) return ["", 0];
  let position = nowMs - list.anchorMs;
  while (position < 0) position += total;
  while (position >= total) position -= total;
  for (const item of items) {
    if (position < item.durationMs!) return [item.title, position];
    position -= item.durationMs!;
  }
  throw new Error("The turn is over");
}

/** The same of a slot. */
export function brief(slot: Slot, nowMs: number): [string, number] {
  return slot.kind === "gap"
    ? ["", 0]
    : [slot.item.title, nowMs - slot.startMs];
}
