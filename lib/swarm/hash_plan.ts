/**
 * Which leaf hashes to ask the gateway for: those of the next chunks whose bytes
 * could not be judged if they came. Pure choice.
 *
 * @module
 */
import { chunkOf } from "../hashtree/geometry.ts";
import { CHUNKS_SEEN_MAX } from "../limits.ts";
import type { Action } from "./actions.ts";
import type { Content } from "./content.ts";

/** Hashes are asked for again after this. */
const HASHES_RETRY_MS = 1_000;

/** Leaf hashes asked for at a time: 32 KiB, 16 MiB of media. */
const HASHES_RUN_LEAVES = 1024;

/** The `hashes` action to take now, if any; notes in the content that it was taken. */
export function hashesToAsk(
  content: Content,
  nowMs: number,
): Action | undefined {
  if (content.hashes === undefined || content.hashes.complete) return undefined;
  if (nowMs - content.hashesAskedMs < HASHES_RETRY_MS) return undefined;
  let seen = 0;
  for (const run of content.needed()) {
    if (++seen > CHUNKS_SEEN_MAX) return undefined;
    if (content.knows(run.from, run.until)) continue;
    content.hashesAskedMs = nowMs;
    const { from } = chunkOf(run.from, HASHES_RUN_LEAVES);
    const count = Math.min(HASHES_RUN_LEAVES, content.leaves - from);
    return { type: "hashes", content, from, count };
  }
  return undefined;
}
