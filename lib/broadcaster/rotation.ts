/**
 * Where a rotation begins, so that a change of it is not heard: what is on stays
 * at its place, and at its end something else begins, rather than goes on in the
 * middle. Pure.
 *
 * @module
 */
import type { Item, Playlist } from "../playlist/playlist.ts";
import { Programme } from "../schedule/programme.ts";

/**
 * The anchor of a rotation that takes the place of another one.
 *
 * @param before the playlist that is there; absent: none
 * @param items of the new rotation, each with a duration
 * @param nowMs in ms since the epoch
 * @returns ms since the epoch: as before where nothing changed; where what is on
 *   is gone, the next item that is still there begins when it would have
 */
export function anchorFor(
  before: Playlist | undefined,
  items: readonly Item[],
  nowMs: number,
): number {
  if (before?.kind !== "rotation") return 0;
  const old = before.items;
  const isSame = old.length === items.length &&
    items.every((item, i) => isLike(item, old[i]!));
  if (isSame) return before.anchorMs;
  const offsets = offsetsOf(items);
  let turn = old.length;
  for (const slot of new Programme(before).slotsFrom(nowMs)) {
    if (slot.kind === "gap" || turn-- === 0) break;
    const places = offsets.get(slot.item.url);
    if (!places) continue;
    const nth = old.slice(0, old.indexOf(slot.item))
      .filter(({ url }) => url === slot.item.url).length;
    return slot.startMs - places[Math.min(nth, places.length - 1)]!;
  }
  return before.anchorMs;
}

function isLike(a: Item, b: Item): boolean {
  return a.url === b.url && a.durationMs === b.durationMs;
}

/** When each file plays within a turn, in ms. */
function offsetsOf(items: readonly Item[]): Map<string, number[]> {
  const offsets = new Map<string, number[]>();
  let at = 0;
  for (const { url, durationMs = 0 } of items) {
    const places = offsets.get(url);
    if (places) places.push(at);
    else offsets.set(url, [at]);
    at += durationMs;
  }
  return offsets;
}
