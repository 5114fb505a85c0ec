/**
 * How often to think about a content. What plays within seconds is thought about
 * whenever something happens. Where nothing presses, what comes in within a tenth
 * of a second is thought about once: most of an engine's time is prefetching. A
 * whole file comes in hundreds of pieces a second, and some of them together.
 *
 * @module
 */
import type { Content } from "./content.ts";
import { isUrgent, SOON_MS } from "./zones.ts";

/** How often an engine that wants something looks again though nothing happened. */
const TICK_MS = 250;

/** A content of which nothing plays soon is planned no more often than this. */
const CALM_STEP_MS = 100;

/** The same for a whole file: a fortieth of what may be in flight from one peer. */
export const WHOLE_STEP_MS = 5;

/** A timer may be that early: whoever is woken by it was not woken by anything that happened. */
const TIMER_EARLY_MS = 1;

/**
 * Contents that want something, the soonest to play first. What is still to play
 * has no lead of its own: it takes over that of what plays before it, and yields
 * to it as long as that is short.
 */
export function inOrder(contents: Iterable<Content>, nowMs: number): Content[] {
  const start = (content: Content) =>
    content.playhead?.atMs ?? (content.bulk ? Infinity : nowMs);
  const wanting = [...contents].filter((content) => content.wanting)
    .sort((a, b) => start(a) - start(b));
  let leadMs = 0;
  let short = false;
  for (const content of wanting) {
    if (content.isToPlay(nowMs)) content.leadMs = leadMs;
    leadMs = content.leadMs;
    content.yields = short;
    short ||= !content.bulk && content.missingMs() - nowMs < SOON_MS;
  }
  return wanting;
}

/**
 * Those about which it is time to decide, the soonest to play first. Of the
 * others, those for which something may have happened are decided about before
 * long; that another's time has come is nothing that happened.
 */
export function contentsDue(
  contents: ReadonlySet<Content> | readonly Content[],
  nowMs: number,
): Content[] {
  const happened = nowMs < nextPlanMs(contents) - TIMER_EARLY_MS;
  return inOrder(contents, nowMs).filter((content) => {
    const isDue = nowMs >= content.plannedMs + stepMs(content) ||
      isUrgent(content.missingMs(), nowMs);
    const isNews = happened || content.movedMs > content.plannedMs;
    content.awaitsPlan = !isDue && (content.awaitsPlan || isNews);
    return isDue;
  });
}

/** When a content that wants something, or is owed something, is to be looked at again; Infinity if none does. */
export function nextPlanMs(contents: Iterable<Content>): number {
  let next = Infinity;
  for (const content of contents) {
    if (!content.wanting) {
      // What is owed still takes its place with the peer that owes it.
      for (const { dueMs } of content.requests.values()) {
        next = Math.min(next, dueMs);
      }
      continue;
    }
    const waitMs = content.awaitsPlan ? stepMs(content) : TICK_MS;
    next = Math.min(next, content.plannedMs + waitMs);
  }
  return next;
}

function stepMs({ bulk }: Content): number {
  return bulk ? WHOLE_STEP_MS : CALM_STEP_MS;
}
