/**
 * What the tests of leases and fetches have in common: a file that plays a leaf a
 * second, and an origin that brings what is fetched.
 *
 * @module
 */
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { Content } from "../../lib/swarm/content.ts";
import type { Lab } from "./lab.ts";
import { leavesOf, sample, type SampleFile } from "./support.ts";

/** A minute of it. */
export const FILE = sample(60, 100);

/** Plays a file from leaf `leaf` on, a leaf a second. */
export function play(lab: Lab, leaf = 0, file: SampleFile = FILE): Content {
  const content = lab.open(file);
  content.bulk = false;
  const offset = leaf * LEAF_BYTES;
  content.playhead = { offset, atMs: lab.nowMs, bytesPerSecond: LEAF_BYTES };
  return content;
}

/** The last fetch begun. */
export const lastFetch = (lab: Lab) => lab.did("fetch").at(-1)!;

/** Brings the bytes of a fetch, as far as leaf `until`. */
export function bring(
  lab: Lab,
  until = lastFetch(lab).until,
  file = FILE,
): void {
  const { fetch, from } = lastFetch(lab);
  lab.engine.handleFetchStarted(fetch, from * LEAF_BYTES);
  lab.engine.handleFetchData(fetch, leavesOf(file, from, until), lab.nowMs);
}
