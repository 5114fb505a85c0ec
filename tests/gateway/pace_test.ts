import { assert, assertEquals } from "@std/assert";
import { Pace, RATE_MAX } from "../../lib/gateway/pace.ts";

const MB = 1_000_000;

Deno.test("Pace lets a megabyte out before anything was measured, and no more", () => {
  const pace = new Pace();
  assertEquals(pace.rate(0), undefined);
  assertEquals(pace.budget(0), 1024 * 1024);
  pace.granted(1024 * 1024, 5000);
  assertEquals(pace.budget(0), 0);
  assertEquals(pace.budget(5000), 1024 * 1024, "a lease that is over is over");
});

Deno.test("Pace keeps 0.9 of the measured rate under lease", () => {
  const pace = new Pace();
  pace.granted(MB, 5000);
  pace.fetched(MB, 500, 600);
  assertEquals(pace.rate(600), 2 * MB);
  assertEquals(pace.budget(600), 1.8 * MB);
  pace.granted(MB, 5000);
  assertEquals(pace.budget(600), 0.8 * MB);
  pace.returned(MB);
  assertEquals(pace.budget(600), 1.8 * MB);
});

Deno.test("Pace forgets a rate after half a minute, but never the last one", () => {
  const pace = new Pace();
  pace.fetched(MB, 100, 0);
  pace.fetched(MB, 1000, 20_000);
  assertEquals(pace.rate(30_000), 10 * MB);
  assertEquals(pace.rate(30_001), MB);
  assert((pace.rate(90_000) ?? 0) > MB / 2);
});

Deno.test("Pace believes no one who claims more than RATE_MAX", () => {
  const pace = new Pace();
  pace.fetched(MB, 0.001, 0);
  assertEquals(pace.rate(0), RATE_MAX);
});

/**
 * An origin that serves all fetches at once, sharing its rate, and clients that
 * take every byte the pace allows, in runs of 64 KiB.
 */
function flood(rateOfOrigin: number, seconds: number) {
  const pace = new Pace();
  const run = 65536;
  let inFlight: { left: number; startMs: number }[] = [];
  let longestMs = 0;
  let bytes = 0;
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += 5) {
    while (pace.budget(nowMs) > 0) {
      pace.granted(run, nowMs + 10_000);
      inFlight.push({ left: run, startMs: nowMs });
    }
    const each = rateOfOrigin * 0.005 / inFlight.length;
    for (const fetch of inFlight) fetch.left -= each;
    for (const fetch of inFlight) {
      if (fetch.left > 0) continue;
      const ms = nowMs + 5 - fetch.startMs;
      pace.fetched(run, ms, nowMs + 5);
      bytes += run;
      if (nowMs > 5000) longestMs = Math.max(longestMs, ms);
    }
    inFlight = inFlight.filter(({ left }) => left > 0);
  }
  return { longestMs, use: bytes / (rateOfOrigin * seconds) };
}

Deno.test("a crowd held by Pace fills an origin's line and waits about a second at most", () => {
  for (const rate of [0.4 * MB, 2 * MB, 12 * MB, 60 * MB]) {
    const { longestMs, use } = flood(rate, 20);
    assert(longestMs <= 1500, `${rate}: ${longestMs} ms`);
    assert(use > 0.85, `${rate}: ${use}`);
  }
});
