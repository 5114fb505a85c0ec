/**
 * What is heard where the programme has nothing, or nothing that can be had: the
 * station's filler where it fits, else silence, and the item as soon as it comes.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { FILLER_BYTES_MAX, FILLER_HOLE_MS_MIN } from "../../lib/limits.ts";
import { Airing } from "../../lib/tuner/airing.ts";
import { FillerLoader } from "../../lib/tuner/filler.ts";
import { settle } from "../support/fakeclock.ts";
import { FakeStation } from "./station.ts";

const REFUSED = new AlluviumError("media-unreachable", "Connection refused");

/** Whether a run of packets is heard where the schedule has it. */
function assertInPlace(run: string | undefined, name: string, startMs: number) {
  const [at, what, places] = run?.split(" ") ?? [];
  assertEquals(what, name, run);
  const offMs = Number(at) - startMs - parseInt(places!);
  assert(Math.abs(offMs) <= 100, run);
}

Deno.test("a gap is filled with the station's filler, again and again", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 4000 })
    .add("b", 22_000, { durationMs: 2000 })
    .fill("filler", { durationMs: 3000 }).tune();
  await station.pass(13_000);
  assertEquals(station.heard(), [
    "10000 a 0..3980",
    "14000 filler 0..2980",
    "17000 filler 0..2980",
    "20000 filler 0..1980",
    "22000 b 0..1980",
    "24000 filler 0..980",
  ]);
  assertEquals(station.origin.openNow, 0);
  station.player.close();
});

Deno.test("a gap too short for a filler is silent", async () => {
  const gapMs = FILLER_HOLE_MS_MIN - 100;
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2000 })
    .add("b", 12_000 + gapMs, { durationMs: 2000 })
    .fill("filler", { durationMs: 3000 }).tune();
  await station.pass(6000);
  assertEquals(station.heard()[1], "12000 -");
  station.player.close();
});

Deno.test("an origin that cannot be reached is silence, then filler, then the item in its place", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 4000 })
    .add("b", 14_000, { durationMs: 60_000 })
    .fill("filler", { durationMs: 3000 });
  station.origin.files.get("http://station.test/b")!.openError = REFUSED;
  station.tune();
  await station.pass(15_000);
  station.origin.files.get("http://station.test/b")!.openError = undefined;
  await station.pass(30_000);
  const heard = station.heard();
  assertEquals(heard.slice(0, 3), [
    "10000 a 0..3980",
    "14000 -",
    "19000 filler 0..2980",
  ]);
  assertInPlace(heard.at(-1), "b", 14_000);
  assertEquals(station.failures, ["http://station.test/b"]);
  station.player.close();
});

Deno.test("a file that is put there while its slot lasts is joined at its place", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 60_000 });
  const url = "http://station.test/a";
  const file = station.origin.files.get(url)!;
  station.origin.files.delete(url);
  station.tune();
  await station.pass(9000);
  station.origin.files.set(url, file);
  await station.pass(20_000);
  assertInPlace(station.heard().at(-1), "a", 10_000);
  station.player.close();
});

Deno.test("a file that is broken in the middle and mended goes on at its place", async () => {
  const file = { durationMs: 60_000, breaksAtMs: 4000 as number | undefined };
  const station = new FakeStation(10_000).add("a", 10_000, file).tune();
  await station.pass(8000);
  file.breaksAtMs = undefined;
  await station.pass(20_000);
  const heard = station.heard();
  assertEquals(heard.slice(0, 2), ["10000 a 0..3980", "14000 -"]);
  assertInPlace(heard[2], "a", 10_000);
  assertEquals(heard.length, 3);
  station.player.close();
});

Deno.test("a next item that is missing when it is looked for, and there when it plays, plays whole", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 300_000 })
    .add("b", 310_000, { durationMs: 4000 });
  const url = "http://station.test/b";
  const file = station.origin.files.get(url)!;
  station.origin.files.delete(url);
  station.tune();
  await station.pass(270_000);
  station.origin.files.set(url, file);
  await station.pass(33_000);
  assertEquals(station.heard().at(-2), "310000 b 0..3980");
  assertEquals(station.failures, []);
  station.player.close();
});

Deno.test("a mount that an item cannot feed gets filler meanwhile", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 6000 })
    .add("b", 16_000, { durationMs: 8000, codec: "opus" })
    .add("c", 24_000, { durationMs: 6000 })
    .fill("filler", { durationMs: 3000 }).tune();
  await station.pass(16_000);
  assertEquals(station.heard("mp3"), [
    "10000 a 0..5980",
    "16000 filler 0..2980",
    "19000 filler 0..2980",
    "22000 filler 0..1980",
    "24000 c 0..3980",
  ]);
  assertEquals(station.heard("opus"), ["16000 b 0..7980", "24000 -"]);
  station.player.close();
});

Deno.test("a filler that does not fit what comes never binds a mount", async () => {
  const tuneIn = async (channels: number) => {
    const station = new FakeStation(10_000)
      .add("a", 30_000, { durationMs: 6000 })
      .fill("filler", { durationMs: 3000, channels }).tune();
    await station.pass(24_000);
    station.player.close();
    assertEquals([...station.mounts.keys()], ["mp3"]);
    assertInPlace(station.heard().at(-1), "a", 30_000);
    return station.heard();
  };
  assert((await tuneIn(2)).some((run) => run.includes("filler")));
  assertEquals((await tuneIn(1)).length, 2);
});

Deno.test("a filler is all that a station without items plays", async () => {
  const station = new FakeStation(10_000)
    .fill("filler", { durationMs: 3000 }).tune();
  await station.pass(8000);
  assert(station.heard().at(-1)?.includes("filler"), station.heard().join());
  station.player.close();
});

Deno.test("another filler in the playlist takes the place of the one before", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 1000 })
    .fill("one", { durationMs: 3000 }).tune();
  await station.pass(4000);
  station.fill("two", { durationMs: 3000 });
  station.refresh(station.items);
  await station.pass(8000);
  assert(station.heard().some((run) => run.includes("one")));
  assert(station.heard().at(-1)?.includes("two"));
  station.player.close();
});

Deno.test("a filler longer than its limit begins again there, and its file is given back", async () => {
  const station = new FakeStation(10_000);
  const bytes = new Uint8Array(1024 * 1024);
  let closed = 0;
  const open = (
    ...[slot, fromMs, neededAtMs]: ConstructorParameters<typeof Airing>
  ) =>
    new Airing(slot, fromMs, neededAtMs, {
      opener: {
        open: () =>
          Promise.resolve({
            url: slot.item.url,
            size: 1,
            read: () => Promise.resolve(bytes),
            setPlayhead() {},
            waitMs: () => 0,
            progress: () => ({ bytesHeld: 0, bytes: 1 }),
            close: () => void closed++,
          }),
        status: () => station.origin.status(),
      },
      gateways: [],
      clock: station.clock,
      offsetMs: () => 0,
      onChange: () => {},
      openTrack: () =>
        Promise.resolve({
          info: {
            codec: "mp3" as const,
            sampleRate: 48_000,
            channels: 2,
            bitrate: 0,
            headers: [],
          },
          startMs: 0,
          packets: new ReadableStream({
            pull: (controller) =>
              controller.enqueue({ data: bytes, durationSamples: 48_000 }),
          }, { highWaterMark: 0 }),
        }),
    });
  const loader = new FillerLoader(
    open as ConstructorParameters<typeof FillerLoader>[0],
  );
  const item = { url: "http://station.test/endless", title: "Endless" };
  for (let i = 0; i < 100 && !loader.ready; i++) {
    loader.poll(item, 0);
    await settle();
  }
  assertEquals(loader.ready?.packets.length, FILLER_BYTES_MAX / bytes.length);
  assertEquals(closed, 1);
});
