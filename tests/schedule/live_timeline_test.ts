import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Playlist } from "../../lib/playlist/playlist.ts";
import { Programme } from "../../lib/schedule/mod.ts";
import { brief, rotation, scheduled, slowly } from "./playlists.ts";

/** A rotation that live items interrupt, and both alone. */
const interrupted = fc.tuple(rotation, scheduled).map(([under, over]) => {
  const live = over.items.map((item) => ({ ...item, title: `L${item.title}` }));
  const whole: Playlist = { ...under, items: [...live, ...under.items] };
  return { under, over: { ...over, items: live }, whole };
});
const moment = fc.integer({ min: -50, max: 400 });

Deno.test("an interrupted rotation is the live item that is on, else the rotation", () => {
  fc.assert(
    fc.property(interrupted, moment, ({ under, over, whole }, nowMs) => {
      const live = slowly(over, nowMs);
      const wanted = live[0] === "" ? slowly(under, nowMs) : live;
      const slot = new Programme(whole).slotAt(nowMs);
      assertEquals(brief(slot, nowMs), wanted);
      assert(slot.startMs <= nowMs && nowMs < slot.endMs);
    }),
    { numRuns: 300 },
  );
});

Deno.test("slots of an interrupted rotation follow each other without hole or overlap", () => {
  fc.assert(
    fc.property(interrupted, moment, ({ whole }, fromMs) => {
      const programme = new Programme(whole);
      let at = fromMs;
      for (const slot of programme.slotsFrom(fromMs)) {
        const last = Math.min(slot.endMs, 600) - 1;
        assert(slot.startMs <= at && at < slot.endMs);
        assertEquals(
          brief(programme.slotAt(last), 0)[0],
          brief(slot, 0)[0],
        );
        at = slot.endMs;
        if (at >= 600) break;
      }
    }),
  );
});
