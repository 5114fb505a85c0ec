import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import { hashLeaf } from "../../lib/hashtree/hash.ts";
import { DiskFile } from "../../lib/peer/disk_file.ts";
import { LeafThread } from "../../lib/peer/leaf_thread.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";

function shared(length: number, seed = 1): Uint8Array<SharedArrayBuffer> {
  const bytes = new Uint8Array(new SharedArrayBuffer(length + 7), 7);
  for (let i = 0; i < bytes.length; i++) bytes[i] = i * seed + (i >> 8);
  return bytes;
}

/** A thread that is ended whatever happens. */
function start() {
  const clock = new FakeClock();
  const thread = new LeafThread(clock);
  return { thread, clock, [Symbol.dispose]: () => thread.end() };
}

Deno.test("leaves are hashed as they are here, whole ones and a short one", async () => {
  using started = start();
  for (const length of [1, LEAF_BYTES, 3 * LEAF_BYTES + 5]) {
    const bytes = shared(length);
    const hashes = await started.thread.hash(bytes);
    const wanted: number[] = [];
    for (let at = 0; at < length; at += LEAF_BYTES) {
      wanted.push(...hashLeaf(bytes.slice(at, at + LEAF_BYTES)));
    }
    assertEquals([...hashes], wanted);
  }
});

Deno.test("what is written is in the file, at its place, whatever the order", async () => {
  using started = start();
  await using temp = await tempFolder();
  const path = temp.file("leaves");
  const [first, second] = [shared(1000, 3), shared(500, 5)];
  await Promise.all([
    started.thread.write(path, 1000, second),
    started.thread.write(path, 0, first),
    started.thread.write(path, 1500, second),
    started.thread.close(path),
  ]);
  assertEquals(
    await Deno.readFile(path),
    new Uint8Array([...first, ...second, ...second]),
  );
});

Deno.test("a file that cannot be written fails alone", async () => {
  using started = start();
  await using temp = await tempFolder();
  const bytes = shared(100);
  const [bad, good] = await Promise.allSettled([
    started.thread.write(temp.file("missing/file"), 0, bytes),
    started.thread.write(temp.file("file"), 0, bytes),
  ]);
  assertEquals([bad.status, good.status], ["rejected", "fulfilled"]);
  assertEquals(await Deno.readFile(temp.file("file")), bytes.slice());
});

Deno.test("an idle thread ends, and the next job starts another", async () => {
  using started = start();
  const { thread, clock } = started;
  assertEquals(thread.isRunning, false);
  await thread.close("of nothing"); // Does not start it.
  assertEquals(thread.isRunning, false);
  await thread.hash(shared(1));
  await clock.advance(9_999);
  assert(thread.isRunning);
  await thread.hash(shared(1));
  await clock.advance(9_999);
  assert(thread.isRunning);
  await clock.advance(1);
  assertEquals(thread.isRunning, false);
  assertEquals((await thread.hash(shared(1))).length, 32);
});

Deno.test("what a thread had to do when it was ended fails", async () => {
  using started = start();
  await started.thread.hash(shared(1));
  const [sent, waiting] = [shared(LEAF_BYTES), shared(2)];
  const first = started.thread.hash(sent);
  await Promise.resolve();
  const second = started.thread.hash(waiting);
  started.thread.end();
  for (const job of [first, second]) {
    await assertRejects(() => job, AlluviumError);
  }
});

Deno.test("a file is alone when the thread has let go of it", async () => {
  using started = start();
  await using temp = await tempFolder();
  const file = new DiskFile(temp.file("one"), started.thread);
  const bytes = shared(300);
  await started.thread.hash(bytes); // It runs from now on.
  const written = [file.write(0, bytes), file.write(300, bytes)];
  const moved = file.alone(async () => {
    assertEquals((await Deno.stat(file.path)).size, 600);
    await Deno.rename(file.path, temp.file("two"));
    file.path = temp.file("two");
  });
  const later = file.write(600, bytes);
  await Promise.all([...written, moved, later]);
  assertEquals((await Deno.stat(temp.file("two"))).size, 900);
  await assertRejects(() => Deno.stat(temp.file("one")), Deno.errors.NotFound);
  const back = new Uint8Array(300);
  await file.read(600, back);
  assertEquals(back, bytes.slice());
  await file.alone(() => Promise.resolve());
});
