import { assert, assertEquals, assertRejects } from "@std/assert";
import { pace, Pacer } from "../../lib/icecast/pacer.ts";
import { PACER_LATE_MS_MAX } from "../../lib/limits.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";

/** An MP3 frame at 44.1 kHz. */
const FRAME_MS = 1152 * 1000 / 44100;

function chunk(durationMs: number): MountChunk {
  return { data: new Uint8Array(1), durationMs };
}

Deno.test("over 24 hours the pace drifts by less than a packet, however late each timer is", () => {
  let nowMs = 12_345.678;
  const startMs = nowMs;
  const pacer = new Pacer(nowMs);
  let frames = 0;
  let worstMs = 0;
  const dayMs = 24 * 3_600_000;
  while (nowMs - startMs < dayMs) {
    nowMs += pacer.waitMs(nowMs) + (frames % 7) * 0.9;
    worstMs = Math.max(
      worstMs,
      Math.abs(nowMs - startMs - frames * 1152 * 1000 / 44100),
    );
    pacer.sent(FRAME_MS, nowMs);
    frames++;
  }
  assert(worstMs < FRAME_MS, `${worstMs} ms`);
  assert(Math.abs(frames - dayMs / FRAME_MS) < 2, `${frames} frames`);
});

Deno.test("the lead goes out at once, then the pace begins", () => {
  const pacer = new Pacer(0, 1000);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    waits.push(pacer.waitMs(0));
    pacer.sent(100, 0);
  }
  assertEquals(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100]);
});

Deno.test("a late source is caught up with, one that slept starts anew", () => {
  const pacer = new Pacer(0);
  pacer.sent(100, 0);
  pacer.sent(100, 5000);
  assertEquals(pacer.waitMs(5000), 0);
  assertEquals(pacer.waitMs(0), 200);
  const sleeper = new Pacer(0);
  sleeper.sent(100, 0);
  sleeper.sent(100, PACER_LATE_MS_MAX + 101);
  assertEquals(sleeper.waitMs(PACER_LATE_MS_MAX + 101), 100);
});

Deno.test("pace() pushes each chunk at its time and ends with the stream", async () => {
  const clock = new FakeClock();
  const times: number[] = [];
  const chunks = ReadableStream.from([50, 25, 25].map(chunk));
  const done = pace(chunks, {
    push: () => void times.push(clock.monotonic()),
  }, { clock });
  await clock.advance(1000);
  await done;
  assertEquals(times, [0, 50, 75]);
  assertEquals(clock.waiting, 0);
});

Deno.test("pace() stops when it is told to, waiting or reading", async () => {
  for (const list of [[chunk(1000), chunk(1000)], []]) {
    const clock = new FakeClock();
    const stop = new AbortController();
    let cancelled = false;
    const chunks = new ReadableStream<MountChunk>({
      start: (controller) => list.forEach((item) => controller.enqueue(item)),
      cancel: () => void (cancelled = true),
    });
    const done = pace(chunks, { push: () => {} }, {
      clock,
      signal: stop.signal,
    });
    await settle();
    stop.abort();
    await done;
    assert(cancelled);
    assertEquals(clock.waiting, 0);
  }
});

Deno.test("pace() throws what the stream throws", async () => {
  const chunks = new ReadableStream<MountChunk>({
    pull: () => Promise.reject(new RangeError("broken")),
  });
  await assertRejects(
    () => pace(chunks, { push: () => {} }, { clock: new FakeClock() }),
    RangeError,
  );
});
