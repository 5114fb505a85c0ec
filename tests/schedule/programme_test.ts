import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Programme, type Slot } from "../../lib/schedule/mod.ts";
import {
  anyPlaylist,
  brief,
  playlist,
  rotation,
  scheduled,
  slowly,
} from "./playlists.ts";

const moment = fc.integer({ min: -400, max: 600 });

/** Up to `count` slots from a moment on. */
function take(programme: Programme, nowMs: number, count: number): Slot[] {
  return programme.slotsFrom(nowMs).take(count).toArray();
}

Deno.test("Programme.slotAt() agrees with looking at every item", () => {
  fc.assert(
    fc.property(anyPlaylist, moment, (list, nowMs) => {
      const slot = new Programme(list).slotAt(nowMs);
      assertEquals(brief(slot, nowMs), slowly(list, nowMs));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Programme.slotAt() gives a slot that holds the moment, and the same all through it", () => {
  fc.assert(fc.property(anyPlaylist, moment, (list, nowMs) => {
    const programme = new Programme(list);
    const slot = programme.slotAt(nowMs);
    assert(slot.startMs <= nowMs && nowMs < slot.endMs);
    if (slot.startMs > -Infinity) {
      assertEquals(programme.slotAt(slot.startMs), slot);
    }
    if (slot.endMs < Infinity) {
      assertEquals(programme.slotAt(slot.endMs - 1), slot);
      assert(programme.slotAt(slot.endMs).startMs === slot.endMs);
    }
  }));
});

Deno.test("Programme.slotsFrom() tiles time without hole or overlap", () => {
  fc.assert(fc.property(anyPlaylist, moment, (list, nowMs) => {
    const slots = take(new Programme(list), nowMs, 40);
    assert(slots[0]!.startMs <= nowMs);
    slots.forEach((slot, i) => {
      assert(slot.startMs < slot.endMs);
      if (i > 0) assertEquals(slot.startMs, slots[i - 1]!.endMs);
    });
    if (slots.length < 40) assertEquals(slots.at(-1)!.endMs, Infinity);
  }));
});

Deno.test("no two gaps of a programme touch, and a rotation has none", () => {
  fc.assert(fc.property(scheduled, (list) => {
    const slots = take(new Programme(list), -400, 40);
    slots.forEach((slot, i) => {
      assert(slot.kind === "item" || slots[i + 1]?.kind !== "gap");
    });
  }));
  fc.assert(fc.property(rotation, moment, (list, nowMs) => {
    const any = list.items.some((item) => item.durationMs !== undefined);
    assertEquals(new Programme(list).slotAt(nowMs).kind, any ? "item" : "gap");
  }));
});

Deno.test("the clock wins: an overrunning item ends at the next one's start", () => {
  const programme = new Programme(playlist("scheduled", [
    { startMs: 0, durationMs: 1000 },
    { startMs: 400, durationMs: 100 },
    { startMs: 900, durationMs: 50 },
  ]));
  assertEquals(
    take(programme, 0, 9).map((
      slot,
    ) => [brief(slot, slot.startMs)[0], slot.startMs, slot.endMs]),
    [["0", 0, 400], ["1", 400, 500], ["", 500, 900], ["2", 900, 950], [
      "",
      950,
      Infinity,
    ]],
  );
});

Deno.test("before its first item a scheduled programme is a gap", () => {
  const programme = new Programme(
    playlist("scheduled", [{ startMs: 100, durationMs: 5 }]),
  );
  assertEquals(programme.slotAt(0), {
    kind: "gap",
    startMs: -Infinity,
    endMs: 100,
  });
});

Deno.test("an item of unknown duration lasts until the next start, or until the media tells", () => {
  const list = playlist("scheduled", [{ startMs: 0 }, { startMs: 500 }]);
  assertEquals(take(new Programme(list), 0, 9).map(({ endMs }) => endMs), [
    500,
    Infinity,
  ]);
  const told: { ms?: number } = {};
  const programme = new Programme(list, { durationOf: () => told.ms });
  assertEquals(programme.slotAt(300).kind, "item");
  told.ms = 200;
  assertEquals(programme.slotAt(300), {
    kind: "gap",
    startMs: 200,
    endMs: 500,
  });
  assertEquals(programme.slotAt(650).endMs, 700);
});

Deno.test("what one listener found out does not move it within a rotation", () => {
  const list = playlist("rotation", [{ durationMs: 10 }, {}, {
    durationMs: 20,
  }]);
  const programme = new Programme(list, { durationOf: () => 1000 });
  assertEquals(take(programme, 0, 3).map((slot) => slot.endMs), [10, 30, 40]);
});

Deno.test("a rotation runs exactly for ever, before its anchor and far from it", () => {
  const list = playlist("rotation", [{ durationMs: 188_600 }, {
    durationMs: 183_401,
  }], 1_700_000_000_123);
  const programme = new Programme(list);
  const total = 372_001;
  for (const turns of [-4_000_000, -1, 0, 1, 5_000_000]) {
    const startMs = list.anchorMs + turns * total;
    assertEquals(brief(programme.slotAt(startMs), startMs), ["0", 0]);
    assertEquals(brief(programme.slotAt(startMs - 1), startMs - 1), [
      "1",
      183_400,
    ]);
    assertEquals(
      brief(programme.slotAt(startMs - 0.25), startMs - 0.25)[0],
      "1",
    );
  }
});

Deno.test("a programme without items is one endless gap", () => {
  for (const kind of ["scheduled", "rotation"] as const) {
    assertEquals(take(new Programme(playlist(kind, [])), 0, 9), [
      { kind: "gap", startMs: -Infinity, endMs: Infinity },
    ]);
  }
});

Deno.test("Programme.slotAt() wants a finite time", () => {
  const programme = new Programme(playlist("rotation", []));
  for (const wrong of [NaN, Infinity, -Infinity]) {
    assertThrows(() => programme.slotAt(wrong), RangeError, "finite");
  }
});

Deno.test("a changed rotation takes effect at the next joint, where the new one then is", () => {
  const old = new Programme(playlist("rotation", [{ durationMs: 100 }]));
  const next = old.succeed(
    playlist("rotation", [{ title: "new", durationMs: 70 }]),
    250,
  );
  assertEquals(brief(next.slotAt(250), 250), ["0", 50]);
  assertEquals(brief(next.slotAt(299), 299), ["0", 99]);
  assertEquals(brief(next.slotAt(300), 300), ["new", 20]);
  const slots = take(next, 250, 3).map((
    { startMs, endMs },
  ) => [startMs, endMs]);
  assertEquals(slots, [[200, 300], [280, 350], [350, 420]]);
});

Deno.test("a rotation that changes again before the joint keeps what is on", () => {
  const old = new Programme(playlist("rotation", [{ durationMs: 100 }]));
  const second = old.succeed(
    playlist("rotation", [{ title: "second", durationMs: 70 }]),
    210,
  );
  const third = second.succeed(
    playlist("rotation", [{ title: "third", durationMs: 30 }]),
    220,
  );
  assertEquals(brief(third.slotAt(299), 299), ["0", 99]);
  assertEquals(brief(third.slotAt(300), 300), ["third", 0]);
  assertEquals(third.playlist.items[0]?.title, "third");
});

Deno.test("a scheduled version, and one that comes in a gap, take effect at once", () => {
  const old = new Programme(playlist("rotation", [{ durationMs: 100 }]));
  const live = old.succeed(
    playlist("scheduled", [{ title: "live", startMs: 40, durationMs: 100 }]),
    50,
  );
  assertEquals(brief(live.slotAt(50), 50), ["live", 10]);
  const after = live.succeed(
    playlist("rotation", [{ title: "back", durationMs: 100 }]),
    150,
  );
  assertEquals(brief(after.slotAt(150), 150), ["back", 50]);
  const open = new Programme(playlist("scheduled", [{ startMs: 0 }]));
  const closed = open.succeed(
    playlist("rotation", [{ title: "back", durationMs: 100 }]),
    150,
  );
  assertEquals(brief(closed.slotAt(150), 150), ["back", 50]);
});

Deno.test("Programme.succeed() with the same rotation changes nothing", () => {
  fc.assert(fc.property(rotation, moment, moment, (list, nowMs, laterMs) => {
    const old = new Programme(list);
    const next = old.succeed(structuredClone(list), nowMs);
    assertEquals(next.slotAt(laterMs), old.slotAt(laterMs));
  }));
});
