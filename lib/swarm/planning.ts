/**
 * How often to think about a content. What plays within seconds, or is to be had
 * as fast as can be, is thought about whenever something happens. Where nothing
 * presses, what comes in within a tenth of a second is thought about once: most
 * of an engine's time is prefetching.
 *
 * @module
 */
import type { Content } from "./content.ts";
import { isUrgent, URGENT_MS } from "./zones.ts";

/** How often an engine that wants something looks again though nothing happened. */
const TICK_MS = 250;

/** A content of which nothing plays soon is planned no more often than this. */
const CALM_STEP_MS = 100;

/** Whether it is time to decide what to ask of whom. */
export function isPlanDue(content: Content, nowMs: number): boolean {
  const pressing = content.bulk || isUrgent(content.missingMs(), nowMs);
  return pressing || nowMs >= content.plannedMs + CALM_STEP_MS;
}

/** Contents that want something, the soonest to play first. */
export function inOrder(
  contents: Iterable<Content>,
  nowMs: number,
): Content[] {
  const start = (content: Content) =>
    content.playhead?.atMs ?? (content.bulk ? Infinity : nowMs);
  return [...contents].filter((content) => content.wanting)
    .sort((a, b) => start(a) - start(b));
}

/**
 * Whether anything is to be planned. Most of what comes in (what others hold,
 * what they ask for) changes neither what is wanted nor what is owed: it finds
 * the time here, and no content is looked at.
 */
export class Planning {
  /** Nothing is to be decided before this. */
  #quietUntilMs = -Infinity;
  /** When to look again though nothing happens, as found in a later pass. */
  #nextMs = -Infinity;
  #plannedMs = -Infinity;

  /** A content was opened. Whatever changes of it from now on is thought about. */
  watch(content: Content): void {
    content.changed = () => this.#quietUntilMs = -Infinity;
    content.changed();
  }

  /** Whether a content may want to be planned. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#quietUntilMs;
  }

  /** All contents that wanted it were planned. */
  planned(contents: Iterable<Content>, nowMs: number): void {
    this.#plannedMs = nowMs;
    let pressingMs = Infinity;
    this.#nextMs = Infinity;
    for (const content of contents) {
      this.#nextMs = Math.min(this.#nextMs, dueMs(content, CALM_STEP_MS));
      if (!content.wanting) continue;
      const missingMs = content.bulk ? -Infinity : content.missingMs();
      pressingMs = Math.min(pressingMs, missingMs - URGENT_MS);
    }
    this.#quietUntilMs = Math.min(this.#nextMs, pressingMs);
  }

  /** When a content that wants something, or is owed something, is to be looked at again; Infinity if none does. */
  nextMs(contents: Iterable<Content>, nowMs: number): number {
    const quiet = nowMs < this.#quietUntilMs && nowMs !== this.#plannedMs;
    if (quiet) return this.#nextMs;
    let next = Infinity;
    for (const content of contents) {
      const stepMs = content.plannedMs === nowMs ? TICK_MS : CALM_STEP_MS;
      next = Math.min(next, dueMs(content, stepMs));
    }
    return next;
  }
}

/** When a content is to be looked at: a step after the last time, or when the first request runs out that is owed still to its peer. */
function dueMs(content: Content, stepMs: number): number {
  if (content.wanting) return content.plannedMs + stepMs;
  let next = Infinity;
  for (const { dueMs } of content.requests.values()) {
    next = Math.min(next, dueMs);
  }
  return next;
}
