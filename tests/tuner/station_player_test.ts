import { assert, assertEquals } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { FakeStation } from "./station.ts";

Deno.test("a listener that tunes in hears the place where the station is", async () => {
  const station = new FakeStation(13_000)
    .add("a", 10_000, { durationMs: 10_000 }).tune();
  await station.pass(1000);
  assertEquals(station.heard(), ["13000 a 3000..5980"]);
  assertEquals(station.origin.opened[0]?.options.fromFraction, 0.3);
  station.player.close();
});

Deno.test("a new mount waits a moment for its second packet instead of going silent", async () => {
  const file = { durationMs: 10_000, stallsAtMs: 3020 as number | undefined };
  const station = new FakeStation(13_000).add("a", 10_000, file).tune();
  await station.pass(200);
  assertEquals(station.heard(), ["13000 a 3000..3000"]);
  file.stallsAtMs = undefined;
  await station.pass(1000);
  assertEquals(station.heard(), ["13000 a 3000..6180"]);
  station.player.close();
});

Deno.test("a new mount whose packets stay away is silent in the end", async () => {
  const station = new FakeStation(13_000)
    .add("a", 10_000, { durationMs: 10_000, stallsAtMs: 3020 }).tune();
  await station.pass(2000);
  assertEquals(station.heard(), ["13000 a 3000..3000", "13020 -"]);
  station.player.close();
});

Deno.test("one item follows the other without a hole, at the slot's end", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 3000 })
    .add("b", 13_000, { durationMs: 3000 })
    .add("c", 16_000, { durationMs: 3000 }).tune();
  await station.pass(7000);
  assertEquals(
    station.heard(),
    [
      "10000 a 0..2980",
      "13000 b 0..2980",
      "16000 c 0..2980",
    ].map((line) => line.replace("c 0..2940", "c 0..2940")),
  );
  assertEquals(station.titles, ["a", "b", "c"]);
  assertEquals(station.failures, []);
  station.player.close();
});

Deno.test("a gap is filled with silence, and the next item starts on time", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2000 })
    .add("b", 15_000, { durationMs: 2000 }).tune();
  await station.pass(6000);
  assertEquals(station.heard(), [
    "10000 a 0..1980",
    "12000 -",
    "15000 b 0..1980",
    "17000 -",
  ]);
  station.player.close();
});

Deno.test("a station that has not begun is silent until it begins", async () => {
  const station = new FakeStation(10_000)
    .add("a", 14_000, { durationMs: 2000 }).tune();
  await station.pass(3000);
  assertEquals(station.heard(), ["10000 -", "14000 a 0..980"]);
  station.player.close();
});

Deno.test("an item that is not there is told once and its slot is silent", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2000 })
    .add("b", 12_000, { durationMs: 2000 })
    .add("c", 14_000, { durationMs: 2000 });
  station.origin.files.delete("http://station.test/b");
  station.tune();
  await station.pass(5000);
  assertEquals(station.heard(), [
    "10000 a 0..1980",
    "12000 -",
    "14000 c 0..1980",
    "16000 -",
  ]);
  assertEquals(station.failures, ["http://station.test/b"]);
  station.player.close();
});

Deno.test("a web page in the place of media is told once and its slot is silent", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2000, isRubbish: true })
    .add("b", 12_000, { durationMs: 2000 }).tune();
  await station.pass(2000);
  assertEquals(station.heard(), ["12000 b 0..1980"]);
  assertEquals(station.failures, ["http://station.test/a"]);
  station.player.close();
});

Deno.test("a body shorter than promised ends in silence, not in a stop", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 3000, breaksAtMs: 1000 })
    .add("b", 13_000, { durationMs: 2000 }).tune();
  await station.pass(3000);
  assertEquals(station.heard(), [
    "10000 a 0..980",
    "11000 -",
    "13000 b 0..1980",
  ]);
  assertEquals(station.failures, ["http://station.test/a"]);
  station.player.close();
});

Deno.test("an item that overruns its slot is cut, the clock wins", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 5000 })
    .add("b", 12_000, { durationMs: 2000 }).tune();
  await station.pass(2000);
  assertEquals(station.heard(), ["10000 a 0..1980", "12000 b 0..1980"]);
  station.player.close();
});

Deno.test("an item that ends early leaves silence until the next", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 1000 }, 2000)
    .add("b", 12_000, { durationMs: 2000 }).tune();
  await station.pass(2000);
  assertEquals(station.heard(), [
    "10000 a 0..980",
    "11000 -",
    "12000 b 0..1980",
  ]);
  station.player.close();
});

Deno.test("a duration that is a little wrong makes neither a hole nor a cut", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2040 }, 2000)
    .add("b", 12_000, { durationMs: 1960 }, 2000)
    .add("c", 14_000, { durationMs: 2000 }).tune();
  await station.pass(4000);
  assertEquals(station.heard(), [
    "10000 a 0..2020",
    "12040 b 0..1940",
    "14000 c 0..1980",
  ]);
  station.player.close();
});

Deno.test("a network failure is tried again, and the item joins where it is by then", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 20_000 });
  const file = station.origin.files.get("http://station.test/a")!;
  file.openError = new AlluviumError("media-unreachable", "Connection refused");
  station.tune();
  await station.pass(7000);
  file.openError = undefined;
  await station.pass(10_000);
  const heard = station.heard();
  assert(heard[0]!.endsWith(" -"), heard[0]);
  const [at, name, places] = heard[1]!.split(" ");
  assertEquals(name, "a");
  assert(Math.abs(Number(at) - 10_000 - parseInt(places!)) <= 250, heard[1]);
  assertEquals(heard.length, 2);
  assertEquals(station.failures.length, 1);
  station.player.close();
});

Deno.test("bytes that are late for a moment are not heard to be", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 8000 });
  const file = station.origin.files.get("http://station.test/a")!;
  file.stallsAtMs = 3000;
  station.tune();
  await station.pass(2200);
  file.stallsAtMs = undefined;
  await station.pass(2000);
  assertEquals(station.heard(), ["10000 a 0..6180"]);
  station.player.close();
});

Deno.test("packets that come just in time are each heard once", async () => {
  const file = { durationMs: 10_000, stallsAtMs: 600 };
  const station = new FakeStation(10_000).add("a", 10_000, file).tune();
  for (let i = 0; i < 100; i++) {
    await station.pass(50);
    file.stallsAtMs += 50;
  }
  assertEquals(station.heard(), ["10000 a 0..5540"]);
  station.player.close();
});

Deno.test("bytes that stay away become silence, then the station is in time again", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 20_000 });
  const file = station.origin.files.get("http://station.test/a")!;
  file.stallsAtMs = 3000;
  station.tune();
  await station.pass(7000);
  file.stallsAtMs = undefined;
  await station.pass(4000);
  const heard = station.heard();
  assertEquals(heard.slice(0, 2), ["10000 a 0..2980", "13000 -"]);
  const [at, name, places] = heard[2]!.split(" ");
  assertEquals(name, "a");
  assert(Math.abs(Number(at) - 10_000 - parseInt(places!)) <= 250, heard[2]);
  assertEquals(heard.length, 3);
  station.player.close();
});

Deno.test("from the start, the first item plays whole and a gap absorbs the lateness", async () => {
  const station = new FakeStation(11_000)
    .add("a", 10_000, { durationMs: 2000 })
    .add("b", 12_000, { durationMs: 2000 })
    .add("c", 17_000, { durationMs: 2000 }).tune({ fromStart: true });
  await station.pass(7000);
  assertEquals(station.heard(), [
    "11000 a 0..1980",
    "13000 b 0..1980",
    "15000 -",
    "17000 c 0..1980",
    "19000 -",
  ]);
  station.player.close();
});

Deno.test("a gap shorter than the lateness is skipped and the rest stays late", async () => {
  const station = new FakeStation(11_900)
    .add("a", 10_000, { durationMs: 2000 })
    .add("b", 13_000, { durationMs: 2000 }).tune({ fromStart: true });
  await station.pass(1000);
  assertEquals(station.heard(), ["11900 a 0..1980", "13900 b 0..980"]);
  assertEquals(station.player.onAir.lateMs, 900);
  station.player.close();
});

Deno.test("a new playlist that moves the end of what is on is followed", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 8000 })
    .add("b", 18_000, { durationMs: 2000 }).tune();
  await station.pass(1000);
  const [a, b] = station.items;
  station.refresh([a!, { ...b!, startMs: 14_000 }]);
  await station.pass(3000);
  assertEquals(station.heard(), ["10000 a 0..3980", "14000 b 0..1980"]);
  station.player.close();
});

Deno.test("a new playlist with another item now is followed at once", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 8000 })
    .add("b", 11_000, { durationMs: 8000 });
  const [a, b] = [...station.items];
  station.items.splice(1);
  station.tune();
  await station.pass(3000);
  station.refresh([a!, b!]);
  await station.pass(2000);
  assertEquals(
    station.heard(),
    ["10000 a 0..4980", "15000 b 3980..5960"],
  );
  station.player.close();
});

Deno.test("an item of another codec has a mount of its own, the others are silent", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2000 })
    .add("b", 12_000, { durationMs: 2000, codec: "opus" })
    .add("c", 14_000, { durationMs: 2000 }).tune();
  await station.pass(4000);
  assertEquals(station.heard("mp3"), [
    "10000 a 0..1980",
    "12000 -",
    "14000 c 0..1980",
  ]);
  assertEquals(station.heard("opus"), ["12000 b 0..1980", "14000 -"]);
  station.player.close();
});

Deno.test("an item without a stated duration ends when its media do", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2000, isMute: true })
    .add("b", 14_000, { durationMs: 2000 }).tune();
  await station.pass(4000);
  assertEquals(station.heard(), [
    "10000 a 0..1980",
    "12000 -",
    "14000 b 0..1980",
  ]);
  station.player.close();
});

Deno.test("the next item is opened while the present one plays, and only one is open", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 60_000 })
    .add("b", 70_000, { durationMs: 60_000 }).tune();
  await station.pass(1000);
  assertEquals(
    station.origin.opened.map(({ url, options }) => [url, options.startMs]),
    [
      ["http://station.test/a", 10_000],
      ["http://station.test/b", 68_000],
    ],
  );
  await station.pass(60_000);
  assertEquals(station.origin.openNow, 1);
  station.player.close();
  assertEquals(station.origin.openNow, 0);
});

Deno.test("the swarm is told where the file is being played", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 20_000 }).tune();
  await station.pass(3000);
  const last = station.origin.playheads.at(-1)!;
  // 256 packets of 20 ms are read ahead of the two seconds of lead.
  assertEquals(last.bytesPerSecond, 5000);
  const playsMs = last.offset / 5 - (last.atMs + 2000 - 10_000);
  // It began with the first poll in which a packet was here.
  assert(Math.abs(playsMs) <= 60, `off by ${playsMs} ms`);
  station.player.close();
});

Deno.test("after a sleep of the machine the station is at its present place", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 2000 })
    .add("b", 3_600_000, { durationMs: 5000 }).tune();
  await station.pass(1000);
  station.clock.jump(3_591_000);
  await station.pass(1000);
  const heard = station.mounts.get("mp3")!;
  assert(heard.length < 400, "an hour of silence was not made");
  assertEquals(heard.at(-1)!.what.split("@")[0], "b");
  station.player.close();
});

Deno.test("when the first item cannot be had, a listener hears silence rather than nothing", async () => {
  const station = new FakeStation(10_000)
    .add("a", 10_000, { durationMs: 60_000 });
  station.origin.files.get("http://station.test/a")!.openError =
    new AlluviumError("media-unreachable", "Connection refused");
  station.tune();
  await station.pass(4900);
  assertEquals(station.heard(), []);
  await station.pass(1000);
  assertEquals(station.heard().length, 1);
  station.player.close();
});
