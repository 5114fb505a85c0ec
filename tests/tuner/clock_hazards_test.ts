/**
 * The station on the mounts while machines sleep and clocks are set: the right
 * item within a second, none twice, and no busy loop.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { ClockOffset } from "../../lib/schedule/mod.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import { MountFeed } from "../../lib/tuner/mount_feed.ts";
import { Tuner } from "../../lib/tuner/tuner.ts";
import { item, rss1 } from "../playlist/documents.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";
import { FakeStation } from "./station.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Ten hours of items of ten minutes, `0`, `1`, …; tuned in at the start. */
function longStation(): FakeStation {
  const station = new FakeStation(0);
  for (let i = 0; i < 60; i++) {
    station.add(`${i}`, i * 10 * MINUTE, { durationMs: 10 * MINUTE });
  }
  return station.tune();
}

/** The packets heard, without silence, from the so-manieth on. */
function heardFrom(station: FakeStation, index: number): string[] {
  return (station.mounts.get("mp3") ?? []).slice(index)
    .map(({ what }) => what).filter((what) => what !== "-");
}

function assertNothingTwice(station: FakeStation): void {
  const all = heardFrom(station, 0);
  assertEquals(new Set(all).size, all.length);
}

Deno.test("within a second of waking from hours of sleep the right item is on, at its place", async () => {
  for (const hours of [0.05, 1.25, 7.7]) {
    const station = longStation();
    await station.pass(30_000);
    const count = station.mounts.get("mp3")!.length;
    station.clock.jump(hours * HOUR);
    const wokeMs = station.clock.now();
    await station.pass(1000);
    const [first] = heardFrom(station, count);
    const [name, place] = first!.split("@");
    assertEquals(name, `${Math.floor(wokeMs / (10 * MINUTE))}`);
    const wanted = wokeMs % (10 * MINUTE);
    assert(Math.abs(Number(place) - wanted) <= 1000, `${place} ${wanted}`);
    assertNothingTwice(station);
    station.player.close();
  }
});

Deno.test("a leap second in the middle of a joint plays no item twice and skips none", async () => {
  for (const stepMs of [-1000, 1000]) {
    const station = new FakeStation(0);
    for (let i = 0; i < 6; i++) {
      station.add(`${i}`, i * 5000, { durationMs: 5000 });
    }
    station.tune();
    await station.pass(10_000);
    station.clock.jump(stepMs);
    await station.pass(15_000);
    assertEquals(
      station.origin.opened.map(({ url }) => url.at(-1)).slice(0, 5),
      ["0", "1", "2", "3", "4"],
    );
    assertNothingTwice(station);
    station.player.close();
  }
});

Deno.test("items follow each other on a clock that runs 100 ppm fast", async () => {
  const station = longStation();
  for (let minute = 0; minute < 22; minute++) {
    await station.pass(MINUTE);
    station.clock.jump(6); // 100 ppm of a minute.
  }
  assertNothingTwice(station);
  const names = heardFrom(station, 0).map((what) => what.split("@")[0]);
  assertEquals([...new Set(names)], ["0", "1", "2"]);
  station.player.close();
});

/** A tuner whose timers are counted, with a station's time that follows `ClockOffset`. */
async function countedTuner(clock: FakeClock) {
  const folder = await tempFolder();
  const items = Array.from({ length: 200 }, (_, i) => {
    const start = new Date(clock.now() + i * 10 * MINUTE - HOUR).toISOString();
    return item(
      `<ev:startdate>${start}</ev:startdate><mm:duration>600000</mm:duration>`,
      `http://station.test/${i}.mp3`,
    );
  });
  const url = await folder.write("p.rss", rss1(items.join("\n")));
  let timers = 0;
  const counting = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: clock.sleep.bind(clock),
    timer(ms: number, callback: () => void) {
      timers++;
      return clock.timer(ms, callback);
    },
  };
  const offset = new ClockOffset();
  const tuner = await Tuner.open({
    url,
    opener: {
      open: () => Promise.reject(new AlluviumError("not-found", "Not here")),
      status: () => {
        throw new Error("Nobody asks");
      },
    },
    clock: counting,
    random: () => 0.5,
    log: () => {},
    offsetMs() {
      offset.handleClock(clock.now(), clock.monotonic());
      return offset.offsetMs;
    },
  });
  tuner.start((codec, _number, startMs) =>
    new MountFeed("/", createMountWriter(codec.codec), { write() {} }, startMs)
  );
  return {
    tuner,
    timers: () => timers,
    async end() {
      const ended = tuner.close();
      await clock.advance(1000);
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("no jump of the clock makes a busy loop, and the right item is on after it", async () => {
  const clock = new FakeClock(Date.UTC(2026, 2, 29, 0, 30));
  const it = await countedTuner(clock);
  const titleAt = (ms: number) =>
    `${
      Math.floor((ms - Date.UTC(2026, 2, 29, 0, 30) + HOUR) / (10 * MINUTE))
    }.mp3`;
  let trueMs = clock.now();
  const check = async (seconds: number) => {
    const before = it.timers();
    await clock.advance(seconds * 1000);
    await settle();
    trueMs += seconds * 1000;
    assert(it.timers() - before <= seconds * 25 + 5, `${it.timers() - before}`);
    const { slot } = it.tuner.status.onAir;
    assertEquals(slot.kind === "item" && slot.item.title, titleAt(trueMs));
  };
  await check(4);
  clock.jump(-3 * HOUR); // Set back: the station goes on.
  await check(1);
  clock.jump(2 * HOUR); // Slept for two hours.
  trueMs += 2 * HOUR;
  await check(1);
  await check(3);
  await it.end();
});
