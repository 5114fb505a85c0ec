/**
 * The stream against the schedule: what is off is taken up at a joint, and
 * hours of simulated time leave the mount where the clock is.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { simulate } from "./simulated_day.ts";
import { FakeStation } from "./station.ts";

Deno.test("items a little longer than their slots are late by no more than 100 ms, then one is cut", async () => {
  const station = new FakeStation(10_000);
  for (let i = 0; i < 6; i++) {
    station.add(`${i}`, 10_000 + i * 2000, { durationMs: 2060 }, 2000);
  }
  station.tune();
  await station.pass(8000);
  assertEquals(station.heard(), [
    "10000 0 0..2040",
    "12060 1 0..1920",
    "14000 2 0..2040",
    "16060 3 0..1920",
    "18000 4 0..1980",
  ]);
  const { timing } = station.player.onAir;
  assertEquals(timing.corrections, 2);
  assertEquals(timing.lastCorrection?.byMs, 120);
  assertEquals(timing.offMs, 0);
  station.player.close();
});

Deno.test("items a little shorter than their slots are early by no more than 100 ms, then one waits", async () => {
  const station = new FakeStation(10_000);
  for (let i = 0; i < 6; i++) {
    station.add(`${i}`, 10_000 + i * 2000, { durationMs: 1940 }, 2000);
  }
  station.tune();
  await station.pass(7000);
  assertEquals(station.heard(), [
    "10000 0 0..1920",
    "11940 1 0..1920",
    "13880 -",
    "14000 2 0..1920",
    "15940 3 0..1920",
    "17880 -",
    "18000 4 0..980",
  ]);
  const { timing } = station.player.onAir;
  assertEquals(timing.corrections, 2);
  assertEquals(timing.lastCorrection?.byMs, -120);
  station.player.close();
});

Deno.test("an item that begins behind its beginning is read anew from there", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 8000 })
    .add("b", 18_000, { durationMs: 8000 }).tune();
  await station.pass(1000);
  const [a, b] = station.items;
  // Two seconds of a are on their way to players already.
  station.refresh([a!, { ...b!, startMs: 12_000 }]);
  await station.pass(3000);
  assertEquals(station.heard(), ["10000 a 0..2980", "13000 b 1000..3980"]);
  assertEquals(station.player.onAir.timing.lastCorrection?.byMs, 1000);
  station.player.close();
});

Deno.test("what overruns its slot by far is cut by the schedule, which is no correction", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 5000 }, 2000)
    .add("b", 12_000, { durationMs: 2000 }).tune();
  await station.pass(2000);
  assertEquals(station.player.onAir.timing.corrections, 0);
  station.player.close();
});

for (const kind of ["mp3", "aac", "opus"] as const) {
  Deno.test(`ten simulated minutes of ${kind}: the mount is where the clock is`, async () => {
    const day = await simulate({ kind, hours: 1 / 6, itemMs: 60_000 });
    assert(day.driftMs < 26, `${day.driftMs} ms`);
    assert(day.offMs <= 101, `${day.offMs} ms`);
    assertEquals(day.titles, 11);
  });
}
