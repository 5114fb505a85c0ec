import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { broadcastFolder } from "../../lib/broadcaster/mod.ts";
import { anchorFor } from "../../lib/broadcaster/rotation.ts";
import type { Item, Playlist } from "../../lib/playlist/mod.ts";
import { Programme } from "../../lib/schedule/mod.ts";
import { mediaFolder } from "./folders.ts";

const NOW = Date.UTC(2026, 10, 22, 20);

function rotation(names: readonly string[], anchorMs: number): Playlist {
  const items: Item[] = names.map((name) => ({
    url: `https://radio.example/${name}`,
    title: name,
    durationMs: 1000 * (1 + name.charCodeAt(0) % 7),
  }));
  return {
    url: "https://radio.example/playlist.rss",
    kind: "rotation",
    title: "",
    gateways: [],
    anchorMs,
    items,
    problems: [],
  };
}

Deno.test("a rotation that changes goes on with what is on, and begins no item in its middle", () => {
  const names = fc.array(fc.constantFrom(..."abcdefgh"), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(fc.property(
    names,
    names,
    fc.integer({ min: 0, max: 100_000 }),
    (one, other, anchorMs) => {
      const before = rotation(one, anchorMs);
      const { items } = rotation(other, 0);
      const after = rotation(other, anchorFor(before, items, NOW));
      const on = new Programme(before).slotAt(NOW);
      const then = new Programme(after).slotAt(NOW);
      assert(on.kind === "item" && then.kind === "item");
      if (other.includes(on.item.title)) {
        assertEquals([then.item.url, then.startMs], [on.item.url, on.startMs]);
      }
      const isAnyLeft = one.some((name) => other.includes(name));
      const starts = new Programme(before).slotsFrom(NOW).take(one.length)
        .map(({ startMs }) => startMs).toArray();
      const news = new Programme(after).slotsFrom(NOW).take(500)
        .map(({ startMs }) => startMs).toArray();
      if (isAnyLeft) assert(starts.some((ms) => news.includes(ms)));
    },
  ));
});

Deno.test("of a file that plays several times, the one that is on goes on", () => {
  const before = rotation(["a", "j", "b", "j", "c", "j"], 0);
  const { items } = rotation(["z", "a", "j", "b", "j", "c", "j"], 0);
  const [, second] = new Programme(before).slotsFrom(NOW)
    .filter((slot) => slot.kind === "item" && slot.item.title === "j");
  assert(second!.kind === "item");
  const followed = (playlist: Playlist, ms: number) =>
    new Programme(playlist).slotsFrom(ms).take(2)
      .map((slot) => slot.kind === "item" && slot.item.title).toArray();
  const at = second!.startMs;
  const after = rotation(
    ["z", "a", "j", "b", "j", "c", "j"],
    anchorFor(before, items, at),
  );
  const wanted = followed(before, at)[1] === "a"
    ? "z"
    : followed(before, at)[1];
  assertEquals(followed(after, at), ["j", wanted!]);
});

Deno.test("a rotation that stays as it is keeps its anchor, and one after a schedule has none", () => {
  const before = rotation(["a", "b"], 1234);
  assertEquals(anchorFor(before, rotation(["a", "b"], 0).items, NOW), 1234);
  assertEquals(anchorFor(undefined, before.items, NOW), 0);
  assertEquals(
    anchorFor({ ...before, kind: "scheduled" }, before.items, NOW),
    0,
  );
});

Deno.test("a file that comes into a folder is heard without a jump, and a run without a change writes nothing", async () => {
  await using folder = await mediaFolder();
  const now = () => NOW;
  const run = () => broadcastFolder({ folder: folder.path, now });
  const first = (await run()).playlist;
  const [on] = new Programme(first).slotsFrom(NOW);
  const mp3 = await Deno.readFile(folder.file("b 10%.mp3"));
  await folder.write("0 first of all.mp3", mp3);
  const second = (await run()).playlist;
  assertEquals(second.items.length, first.items.length + 1);
  const heard = new Programme(first).succeed(second, NOW);
  let joint = on!.startMs;
  for (const slot of heard.slotsFrom(NOW).take(8)) {
    assertEquals(slot.startMs, joint);
    joint = slot.endMs;
  }
  assertEquals((await run()).written, false);
});
