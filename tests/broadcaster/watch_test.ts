import { assert, assertEquals } from "@std/assert";
import { folderChanges, watch } from "../../lib/broadcaster/mod.ts";
import { AlluviumError } from "../../lib/errors.ts";
import {
  WATCH_EXTEND_MS,
  WATCH_QUIET_MS,
  WATCH_QUIET_MS_MAX,
} from "../../lib/limits.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";

/** A watch of nothing but what the test says. */
function watched(run: () => Promise<void> = () => Promise.resolve()) {
  const clock = new FakeClock();
  const abort = new AbortController();
  let wake = () => {};
  const queue: number[] = [];
  async function* changes() {
    while (!abort.signal.aborted) {
      while (queue.length > 0) yield queue.shift();
      await new Promise<void>((resolve) => wake = resolve);
    }
  }
  const runs: number[] = [];
  const errors: AlluviumError[] = [];
  const done = watch({
    clock,
    signal: abort.signal,
    changes: changes(),
    run: () => {
      runs.push(clock.monotonic());
      return run();
    },
    onError: (error) => errors.push(error),
  });
  return {
    clock,
    runs,
    errors,
    async change() {
      queue.push(1);
      wake();
      await settle();
    },
    async end() {
      abort.abort();
      wake();
      await done;
    },
  };
}

Deno.test("a change is followed once the folder has come to rest", async () => {
  const it = watched();
  await it.clock.advance(1000);
  for (let i = 0; i < 5; i++) {
    await it.change();
    await it.clock.advance(WATCH_QUIET_MS / 2);
  }
  assertEquals(it.runs, []);
  await it.clock.advance(2 * WATCH_QUIET_MS);
  assertEquals(it.runs.length, 1);
  await it.end();
});

Deno.test("a folder that never rests is read all the same, after WATCH_QUIET_MS_MAX", async () => {
  const it = watched();
  for (let ms = 0; ms < WATCH_QUIET_MS_MAX + 2 * WATCH_QUIET_MS; ms += 500) {
    await it.change();
    await it.clock.advance(500);
  }
  assertEquals(it.runs.length, 1);
  await it.end();
});

Deno.test("without a change the programme is laid out further every WATCH_EXTEND_MS", async () => {
  const it = watched();
  await it.clock.advance(3 * WATCH_EXTEND_MS + 1);
  assertEquals(it.runs, [1, 2, 3].map((n) => n * WATCH_EXTEND_MS));
  await it.end();
});

Deno.test("a run that fails is told and ends nothing", async () => {
  const it = watched(() =>
    Promise.reject(new AlluviumError("programme-file", "No"))
  );
  await it.change();
  await it.clock.advance(10 * WATCH_QUIET_MS);
  await it.change();
  await it.clock.advance(10 * WATCH_QUIET_MS);
  assertEquals(it.errors.map(({ code }) => code), [
    "programme-file",
    "programme-file",
  ]);
  await it.end();
});

Deno.test("folderChanges() tells of media, lists and programme files, not of what is written", async () => {
  await using folder = await tempFolder();
  await folder.write("a.mp3", "");
  const abort = new AbortController();
  const changes = folderChanges(folder.path, abort.signal)
    [Symbol.asyncIterator]();
  const first = changes.next();
  await settle();
  await folder.write("playlist.rss", "x");
  await folder.write("a.mp3.tree", "x");
  await folder.write(".alluvium-programme.json", "x");
  let isTold = false;
  first.then(() => isTold = true);
  for (let i = 0; i < 50; i++) await settle();
  assert(!isTold);
  await folder.write("station.toml", "x");
  assertEquals((await first).done, false);
  abort.abort();
  while (!(await changes.next()).done);
});

Deno.test("folderChanges() tells of what changed before it was asked, and ends when it is given up", async () => {
  await using folder = await tempFolder();
  const { signal } = new AbortController();
  using changes = folderChanges(folder.path, signal);
  await folder.write("new.mp3", "");
  for await (const _change of changes) break;
  // The iteration above closed nothing that closing again would trip over.
  changes[Symbol.dispose]();
});
