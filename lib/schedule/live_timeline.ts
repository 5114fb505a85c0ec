/**
 * A rotation that live items interrupt: while one is on, the rotation goes on
 * unheard, so that all listeners are at one place again when it is over. Pure.
 *
 * @module
 */
import type { Slot } from "./slot.ts";
import type { Timeline } from "./timeline.ts";

/** Live items over a rotation. */
export class LiveTimeline implements Timeline {
  constructor(
    private readonly live: Timeline,
    private readonly rotation: Timeline,
  ) {}

  /** An item of the rotation ends where a live one starts; its own start may lie before the last live one's end. */
  slotAt(nowMs: number): Slot {
    const over = this.live.slotAt(nowMs);
    if (over.kind === "item") return over;
    const under = this.rotation.slotAt(nowMs);
    const endMs = Math.min(under.endMs, over.endMs);
    if (under.kind === "item") return { ...under, endMs };
    // A rotation of nothing: two gaps are one.
    return { ...under, startMs: over.startMs, endMs };
  }
}
