/**
 * Asks a client's own port who it is, at the address its socket came from, so
 * many at a time: only a peer that answers there is ever told to others.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { GATEWAY_DIAL_BACKS_MAX } from "../limits.ts";
import { answersAt } from "../peer/ask_id.ts";
import { JobQueue } from "./job_queue.ts";

/** Says whether a peer is where it says. Never rejects. */
export type DialBack = (
  peer: { id: string; host: string; port: number },
  signal: AbortSignal,
) => Promise<boolean>;

/** A {@linkcode DialBack} over HTTP, so many at a time. */
export function httpDialBack(clock: Clock): DialBack {
  const queue = new JobQueue({
    runningMax: GATEWAY_DIAL_BACKS_MAX,
    waitingMax: Infinity,
  });
  return async (peer, signal) => {
    const turn = await queue.enter();
    try {
      return await answersAt(peer, signal, clock);
    } finally {
      turn.end();
    }
  };
}
