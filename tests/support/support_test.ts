/**
 * The helpers of the tests, tested.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { FakeClock } from "./fakeclock.ts";
import { startNginx } from "./nginx.ts";
import { freePorts } from "./ports.ts";
import { run, start } from "./processes.ts";
import { program } from "./programs.ts";
import { tempFolder } from "./temp.ts";

const nginx = program("nginx");

Deno.test("FakeClock runs timers and sleeps in order", async () => {
  const clock = new FakeClock(1000);
  const seen: string[] = [];
  clock.timer(30, () => seen.push(`late ${clock.now()}`));
  const cancel = clock.timer(5, () => seen.push("never"));
  const loop = (async () => {
    await clock.sleep(10);
    seen.push(`one ${clock.now()}`);
    await clock.sleep(10);
    seen.push(`two ${clock.now()}`);
  })();
  cancel();
  await clock.advance(29);
  assertEquals(seen, ["one 1010", "two 1020"]);
  await clock.advance(1);
  assertEquals(seen.at(-1), "late 1030");
  assertEquals([clock.monotonic(), clock.waiting], [30, 0]);
  await loop;
});

Deno.test("FakeClock rejects an aborted sleep and forgets it", async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(10, abort.signal);
  abort.abort(new Error("enough"));
  await assertRejects(() => sleeping, Error, "enough");
  assertEquals(clock.waiting, 0);
});

Deno.test("start collects output, waits for a line and ends the child", async () => {
  await using child = start(Deno.execPath(), [
    "eval",
    "console.log('port', 12); setInterval(() => {}, 1000)",
  ]);
  const match = await child.waitFor(/port (\d+)/);
  assertEquals(match[1], "12");
  const failed = await assertRejects(
    () => child.waitFor(/never/, 50),
    Error,
    "50 ms passed",
  );
  assertStringIncludes(failed.message, "port 12");
  const status = await child.end();
  assertEquals(status.success, false);
  assert(!child.running);
});

Deno.test("waitFor says when the child has ended", async () => {
  await using child = start(Deno.execPath(), ["eval", "console.error('oops')"]);
  await assertRejects(() => child.waitFor(/ready/), Error, "it ended");
  assertStringIncludes(child.stderr, "oops");
});

Deno.test("run returns code and output", async () => {
  const result = await run(Deno.execPath(), [
    "eval",
    "console.log('hi'); Deno.exit(3)",
  ]);
  assertEquals([result.code, result.stdout.trim()], [3, "hi"]);
});

Deno.test("freePorts are different", () => {
  assertEquals(new Set(freePorts(5)).size, 5);
});

Deno.test("tempFolder writes and goes away", async () => {
  let path: string;
  {
    await using folder = await tempFolder();
    path = await folder.write("a/b.txt", "x");
    assertEquals(await Deno.readTextFile(path), "x");
  }
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

Deno.test({
  name: "startNginx serves a folder and counts what it sent",
  ignore: nginx.ignore,
  fn: async () => {
    await using origin = await startNginx({ bytesPerSecond: 1_000_000 });
    await Deno.writeFile(`${origin.root}/a.mp3`, new Uint8Array(100_000));
    const response = await fetch(`${origin.url}a.mp3`, {
      headers: { range: "bytes=0-999" },
    });
    assertEquals(response.status, 206);
    assertEquals(response.headers.get("content-type"), "audio/mpeg");
    assertEquals((await response.bytes()).length, 1000);
    assertEquals(await origin.bytesSent(/a\.mp3/), 1000);
    assertEquals((await origin.requests())[0]?.range, "bytes=0-999");
  },
});
