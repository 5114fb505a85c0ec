import { assertEquals } from "@std/assert";
import { MOUNT_LEAD_MS } from "../../lib/limits.ts";
import { type FakeFile, FakeStation } from "./station.ts";

Deno.test("a film that is joined begins when others can, at once where much of it is here, later where more takes long to come", async () => {
  for (
    const [hereMs, waitMs, isFilm, beginsMs] of [
      [1000, 0, true, 1500],
      [1000, 200, true, 1500],
      [1000, 300, true, 8000],
      [2300, 900, true, 8000],
      [2500, 900, true, 1500],
      [3100, 0, true, 0],
      [3100, 9000, true, 8000],
      [4100, 9000, true, 0],
      [1000, 300, false, 0],
    ] as const
  ) {
    const stallsAtMs = 3000 + hereMs;
    const file = { durationMs: 60_000, isFilm, stallsAtMs, waitMs };
    const station = new FakeStation(13_000).add("a", 10_000, file).tune();
    const begun = () => station.heard().length > 0;
    await station.pass(beginsMs - 50);
    assertEquals(begun(), false);
    await station.pass(100);
    assertEquals(begun(), true, `${hereMs} ms are here, ${waitMs} to wait`);
    station.player.close();
  }
});

Deno.test("of a film nothing more is to come: it begins at once", async () => {
  const file = { durationMs: 2000, isFilm: true };
  const station = new FakeStation(10_500).add("a", 10_000, file).tune();
  await station.pass(500);
  assertEquals(station.heard()[0], "10500 a 500..1980");
  station.player.close();
});

Deno.test("who begins late hears all that much later, and silence no sooner than the stream would stop", async () => {
  const file = { durationMs: 60_000, isFilm: true, stallsAtMs: 4000 };
  const station = new FakeStation(13_000).add("a", 10_000, file).tune();
  // Half a second ahead of who began one and a half late, and no more.
  for (let i = 0; i < 100; i++) {
    await station.pass(50);
    if (i >= 20) file.stallsAtMs += 50;
  }
  assertEquals(station.heard().length, 1, station.heard().join("; "));
  station.player.close();
});

Deno.test("the bytes of who began late are due as much later", async () => {
  const file: FakeFile = { durationMs: 60_000, isFilm: true, stallsAtMs: 4000 };
  const station = new FakeStation(13_000).add("a", 10_000, file).tune();
  await station.pass(1600);
  file.stallsAtMs = undefined;
  await station.pass(2000);
  const { offset, atMs } = station.origin.playheads.at(-1)!;
  const onTimeMs = 10_000 + offset / 5 - MOUNT_LEAD_MS;
  assertEquals(atMs - onTimeMs, 1500);
  station.player.close();
});
