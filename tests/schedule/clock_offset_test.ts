import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  CLOCK_ROUND_TRIP_MS_MAX,
  CLOCK_SAMPLES_MAX,
} from "../../lib/limits.ts";
import { ClockOffset, type ClockSample } from "../../lib/schedule/mod.ts";

/** What a server answers whose clock is `ahead` of ours, over a path of these delays. */
function sample(
  kind: ClockSample["kind"],
  ahead: number,
  sentMs: number,
  there: number,
  back: number,
): ClockSample {
  const atServer = sentMs + there + ahead;
  const serverMs = kind === "date"
    ? Math.floor(atServer / 1000) * 1000
    : atServer;
  return { kind, serverMs, sentMs, receivedMs: sentMs + there + back };
}

const delay = fc.nat(800);
const anySample = fc.record({
  kind: fc.constantFrom("date" as const, "time" as const),
  sentMs: fc.nat(1e7),
  there: delay,
  back: delay,
});

Deno.test("ClockOffset is never further off than it says", () => {
  const ahead = fc.integer({ min: -1e6, max: 1e6 });
  fc.assert(
    fc.property(
      ahead,
      fc.array(anySample, { minLength: 1, maxLength: 15 }),
      (off, samples) => {
        const clock = new ClockOffset();
        for (const { kind, sentMs, there, back } of samples) {
          clock.handleSample(sample(kind, off, sentMs, there, back));
          assert(Math.abs(clock.offsetMs - off) <= clock.errorMs + 1);
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("ClockOffset knows nothing before the first sample, and does not move for less than its error", () => {
  const clock = new ClockOffset();
  assertEquals([clock.offsetMs, clock.errorMs], [0, Infinity]);
  clock.handleSample(sample("date", 300, 0, 20, 20));
  assertEquals(clock.offsetMs, 0);
  clock.handleSample(sample("time", 300, 0, 20, 20));
  assertEquals([clock.offsetMs, clock.errorMs], [300, 20]);
  clock.handleSample(sample("time", 310, 0, 20, 20));
  clock.handleSample(sample("time", 315, 0, 20, 20));
  assertEquals(clock.offsetMs, 300);
});

Deno.test("ClockOffset errs by half a second and half the round trip on a Date header", () => {
  const clock = new ClockOffset();
  clock.handleSample({
    kind: "date",
    serverMs: 3_600_000,
    sentMs: 0,
    receivedMs: 100,
  });
  assertEquals([clock.offsetMs, clock.errorMs], [3_600_450, 550]);
});

Deno.test("ClockOffset is not led astray by a few servers with a wrong clock", () => {
  const clock = new ClockOffset();
  for (let i = 0; i < 4; i++) {
    clock.handleSample(sample("time", 5_000_000, i, 10, 10));
  }
  for (let i = 0; i < 5; i++) {
    clock.handleSample(sample("time", 2000, i, 10, 10));
  }
  assertEquals(clock.offsetMs, 2000);
});

Deno.test("ClockOffset remembers CLOCK_SAMPLES_MAX samples", () => {
  const clock = new ClockOffset();
  for (let i = 0; i < 100; i++) {
    clock.handleSample(sample("time", 1_000_000, i, 10, 10));
  }
  const enough = (CLOCK_SAMPLES_MAX + 1) / 2;
  for (let i = 0; i < enough; i++) {
    clock.handleSample(sample("time", 0, i, 10, 10));
  }
  assertEquals(clock.offsetMs, 0);
});

Deno.test("ClockOffset does not use samples that tell nothing", () => {
  const clock = new ClockOffset();
  clock.handleSample({
    kind: "time",
    serverMs: 9e9,
    sentMs: 0,
    receivedMs: CLOCK_ROUND_TRIP_MS_MAX + 1,
  });
  clock.handleSample({
    kind: "time",
    serverMs: 9e9,
    sentMs: 100,
    receivedMs: 0,
  });
  clock.handleSample({
    kind: "time",
    serverMs: NaN,
    sentMs: 0,
    receivedMs: 10,
  });
  assertEquals([clock.offsetMs, clock.errorMs], [0, Infinity]);
});

Deno.test("ClockOffset.forget() makes the next sample count alone", () => {
  const clock = new ClockOffset();
  for (let i = 0; i < 9; i++) {
    clock.handleSample(sample("time", 1000, i, 10, 10));
  }
  clock.forget();
  assertEquals([clock.offsetMs, clock.errorMs], [1000, Infinity]);
  clock.handleSample(sample("time", -3_600_000, 0, 10, 10));
  assertEquals(clock.offsetMs, -3_600_000);
});
