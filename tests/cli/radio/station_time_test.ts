import { assert, assertEquals } from "@std/assert";
import { StationTime } from "../../../lib/cli/radio/station_time.ts";
import { FakeClock, settle } from "../../support/fakeclock.ts";

const URL = "https://radio.example/playlist.rss";
const HOUR = 3_600_000;

/** A machine, and a server that is right. */
function machine(headers: Record<string, string> = {}) {
  const clock = new FakeClock();
  const start = clock.now();
  const asked: string[] = [];
  let sleptMs = 0;
  const trueMs = () => start + clock.monotonic() + sleptMs;
  const time = new StationTime(clock, (url, init) => {
    asked.push(`${init!.method} ${url}`);
    const date = new Date(trueMs()).toUTCString();
    return Promise.resolve(
      new Response(null, { headers: { date, ...headers } }),
    );
  });
  return {
    clock,
    asked,
    time,
    /** By how much the station's time is off. */
    off: () => clock.now() + time.offsetMs(URL) - trueMs(),
    sleep(ms: number) {
      sleptMs += ms;
      clock.jump(ms);
    },
  };
}

Deno.test("a clock that is set forward by hours is right again after one question", async () => {
  const { clock, asked, off, time } = machine();
  off();
  await clock.advance(500);
  clock.jump(2 * HOUR);
  assert(off() > HOUR);
  await settle();
  assert(Math.abs(off()) <= 1000, `${off()}`);
  assertEquals(asked, [`HEAD ${URL}`]);
  assertEquals(clock.waiting, 0);
  await time.close();
});

Deno.test("after a sleep the time is right at once, and stays so when it is asked", async () => {
  const { clock, asked, off, sleep, time } = machine();
  off();
  await clock.advance(500);
  sleep(9 * HOUR);
  assertEquals(off(), 0);
  await settle();
  assert(Math.abs(off()) <= 1000);
  assertEquals(asked.length, 1);
  await time.close();
});

Deno.test("a clock that nobody sets asks nothing, nor does a playlist on disk", async () => {
  const { clock, asked, off, time } = machine();
  for (let i = 0; i < 100; i++) {
    off();
    await clock.advance(50);
  }
  clock.jump(HOUR);
  time.offsetMs("file:///p.rss");
  assertEquals(asked, []);
  await time.close();
});

Deno.test("what a cache says of the time is not believed", async () => {
  const { clock, off, time } = machine({ age: "7" });
  off();
  clock.jump(2 * HOUR);
  off();
  await settle();
  assert(off() > HOUR);
  await time.close();
});
