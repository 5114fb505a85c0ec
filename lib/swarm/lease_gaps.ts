/**
 * What of a lease is to be fetched once its turn has come. Since it was asked
 * for, parts may have come from elsewhere, or peers may have come to hold them;
 * those are left to the peers unless they play at once. Pure.
 *
 * @module
 */
import { chunkOf } from "../hashtree/geometry.ts";
import type { Content } from "./content.ts";
import { isPressing, type OriginView } from "./origin_rules.ts";

/** Whether a chunk's first leaf, from `from` on, is here, or may be, or is to be had from a peer without haste. */
function isThere(content: Content, from: number, view: OriginView): boolean {
  if (content.held.has(from) || content.unchecked?.has(from)) return true;
  const chunk = chunkOf(from, content.chunkLeaves);
  const until = Math.min(chunk.from + chunk.count, content.leaves);
  const deadlineMs = content.deadlineMs(from, until);
  return !isPressing(deadlineMs, view) &&
    view.company.gives({ from, until, deadlineMs });
}

/** The first leaf of a run that is to be fetched; `until` if there is none. */
export function nextGap(
  content: Content,
  from: number,
  until: number,
  view: OriginView,
): number {
  let leaf = from;
  while (leaf < until && isThere(content, leaf, view)) leaf++;
  return leaf;
}

/** Where the gap that begins at `from` ends. */
export function gapEnd(
  content: Content,
  from: number,
  until: number,
  view: OriginView,
): number {
  let leaf = from;
  while (leaf < until && !isThere(content, leaf, view)) leaf++;
  return leaf;
}
