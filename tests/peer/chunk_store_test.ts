import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { systemClock } from "../../lib/clock.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import { silentLog } from "../../lib/log.ts";
import { ChunkStore } from "../../lib/peer/chunk_store.ts";
import { LeafThread } from "../../lib/peer/leaf_thread.ts";
import { StoredContent } from "../../lib/peer/stored_content.ts";
import { LeafSet } from "../../lib/swarm/leaf_set.ts";
import { tempFolder } from "../support/temp.ts";

const KEY = "ab".repeat(32);
const LENGTH = 3 * LEAF_BYTES + 5;

function leafOf(value: number, length = LEAF_BYTES): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function open(folder: string | undefined, budgetBytes = 1e9) {
  const thread = new LeafThread(systemClock); // Started by nothing here.
  return ChunkStore.open({ folder, budgetBytes, thread, log: silentLog });
}

Deno.test("what is written can be read at once and after the disk has it", async () => {
  await using temp = await tempFolder();
  const store = await open(temp.path);
  const { stored } = await store.content(KEY, LENGTH);
  stored.write(1, leafOf(1));
  stored.write(3, leafOf(3, 5));
  assertEquals(await stored.read(LEAF_BYTES, 3), leafOf(1, 3));
  await stored.settle();
  assertEquals(await stored.read(LEAF_BYTES + 7, 2), leafOf(1, 2));
  assertEquals(await stored.read(3 * LEAF_BYTES, 99), leafOf(3, 5));
  await store.close();
});

Deno.test("whoever closes a content that is being closed waits, too", async () => {
  await using temp = await tempFolder();
  const store = await open(temp.path);
  const length = 512 * LEAF_BYTES;
  const { stored } = await store.content(KEY, length);
  let isWritten = false;
  void stored.write(0, new Uint8Array(length)).then(() => isWritten = true);
  void stored.close();
  await stored.close();
  assert(isWritten);
  await store.close();
});

Deno.test("bytes may be used again once they are written, be it to disk or to memory", async () => {
  await using temp = await tempFolder();
  const store = await open(temp.path);
  const { stored } = await store.content(KEY, LENGTH);
  const inMemory = (await (await open(undefined)).content(KEY, LENGTH)).stored;
  const refused = new StoredContent("/dev/null/not", LENGTH, silentLog);
  for (const place of [stored, inMemory, refused]) {
    const bytes = leafOf(1);
    await place.write(0, bytes);
    bytes.fill(2);
    assertEquals(await place.read(0, 3), leafOf(1, 3));
  }
  await store.close();
  // What comes when it is closed is kept by nobody.
  await stored.write(1, leafOf(1));
});

Deno.test("a read may span leaves on disk and leaves in memory", async () => {
  await using temp = await tempFolder();
  const store = await open(temp.path);
  const { stored } = await store.content(KEY, LENGTH);
  stored.write(0, leafOf(1));
  await stored.settle();
  stored.write(1, leafOf(2));
  const bytes = await stored.read(LEAF_BYTES - 1, 2);
  assertEquals([...bytes], [1, 2]);
  await store.close();
});

Deno.test("after a restart the store claims what was recorded, and no more", async () => {
  await using temp = await tempFolder();
  const first = await open(temp.path);
  const { stored, claimed } = await first.content(KEY, LENGTH);
  assertEquals(claimed, []);
  stored.write(2, leafOf(9));
  stored.write(0, leafOf(8));
  const held = new LeafSet(4);
  held.add(2, 3);
  await first.saveHave(KEY, LENGTH, held);
  await first.close();

  const second = await open(temp.path);
  const again = await second.content(KEY, LENGTH);
  assertEquals(again.claimed, [{ from: 2, until: 3 }]);
  assertEquals(await again.stored.read(2 * LEAF_BYTES, 2), leafOf(9, 2));
  await second.close();
});

Deno.test("what a program left that was killed is claimed as far as it goes", async () => {
  await using temp = await tempFolder();
  const part = temp.file(`${KEY}-${LENGTH}.part`);
  await Deno.writeFile(part, leafOf(1, LEAF_BYTES + 3));
  const killed = await open(temp.path);
  const first = await killed.content(KEY, LENGTH);
  assertEquals(first.claimed, [{ from: 0, until: 2 }]);
  const held = new LeafSet(4);
  held.add(0, 1);
  await killed.saveHave(KEY, LENGTH, held);
  await killed.release(KEY, LENGTH);
  // From the moment it is open again its record is no longer true.
  const again = await killed.content(KEY, LENGTH);
  assertEquals(again.claimed, [{ from: 0, until: 1 }]);
  assertEquals([...Deno.readDirSync(temp.path)].length, 2);
  await killed.close();
});

Deno.test("a torn record claims nothing", async () => {
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/${KEY}-${LENGTH}.have`, "[[0,4");
  const store = await open(temp.path);
  assertEquals((await store.content(KEY, LENGTH)).claimed, []);
  await store.close();
});

Deno.test("a record that claims leaves past the end is clipped", async () => {
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/${KEY}-${LENGTH}.have`, "[[2,999]]");
  const store = await open(temp.path);
  const { claimed } = await store.content(KEY, LENGTH);
  assertEquals(claimed, [{ from: 2, until: 4 }]);
  await store.close();
});

Deno.test("over its budget the store lets go what was used longest ago, never what is open", async () => {
  await using temp = await tempFolder();
  const store = await open(temp.path, LEAF_BYTES + 4096);
  const keys = ["11", "22", "33"].map((two) => two.repeat(32));
  for (const [index, key] of keys.entries()) {
    const { stored } = await store.content(key, LEAF_BYTES);
    stored.write(0, leafOf(index + 1));
    await stored.settle();
    const path = `${temp.path}/${key}-${LEAF_BYTES}.part`;
    await Deno.utime(path, 1000 + index, 1000 + index);
  }
  await store.release(keys[0]!, LEAF_BYTES);
  await store.release(keys[1]!, LEAF_BYTES);
  const left = [...Deno.readDirSync(temp.path)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".part"));
  assertEquals(
    left.sort(),
    [keys[1]!, keys[2]!].map((key) => `${key}-${LEAF_BYTES}.part`),
  );
  await store.close();
});

interface Kept {
  name: string;
  bytes: number;
  usedMs: number;
}

function keptIn(folder: string, isOpen: (name: string) => boolean): Kept[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name }) => {
    if (!name.endsWith(".part") || isOpen(name)) return [];
    const info = Deno.statSync(`${folder}/${name}`);
    const bytes = info.blocks! * 512;
    return [{ name, bytes, usedMs: info.mtime!.getTime() }];
  }).sort((a, b) => b.usedMs - a.usedMs);
}

Deno.test("the budget is kept exactly, whatever is opened, written and let go", async () => {
  const leaves = fc.integer({ min: 1, max: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 30 }),
      fc.array(leaves, { minLength: 1, maxLength: 10 }),
      fc.infiniteStream(fc.nat()),
      async (budgetLeaves, sizes, chance) => {
        await using temp = await tempFolder();
        const budgetBytes = budgetLeaves * LEAF_BYTES;
        const store = await open(temp.path, budgetBytes);
        const waiting = sizes.map((size, n) => ({
          key: n.toString(16).padStart(64, "0"),
          length: size * LEAF_BYTES,
        }));
        for (const { key, length } of waiting) {
          const { stored } = await store.content(key, length);
          stored.write(0, leafOf(1, length));
          await stored.settle();
        }
        for (let usedMs = 1_000; waiting.length > 0; usedMs += 1_000) {
          const at = chance.next().value % waiting.length;
          const { key, length } = waiting.splice(at, 1)[0]!;
          await Deno.utime(
            temp.file(`${key}-${length}.part`),
            usedMs / 1000,
            usedMs / 1000,
          );
          const isOpen = (name: string) =>
            waiting.some((one) => name.startsWith(one.key));
          const before = keptIn(temp.path, isOpen);
          await store.release(key, length);
          // As many as fit of those used last, and no other.
          let room = budgetBytes;
          const fitting = before.filter(({ bytes }) => (room -= bytes) >= 0);
          assertEquals(keptIn(temp.path, isOpen), fitting);
        }
        await store.close();
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("what is over the budget when a program starts is let go", async () => {
  await using temp = await tempFolder();
  await Deno.writeFile(temp.file(`${KEY}-${LENGTH}.part`), leafOf(1));
  await (await open(temp.path, 0)).close();
  assertEquals([...Deno.readDirSync(temp.path)].map((x) => x.name), ["lock"]);
});

Deno.test("a second program gets a folder of its own", async () => {
  await using temp = await tempFolder();
  const first = await open(temp.path);
  const second = await open(temp.path);
  (await first.content(KEY, LENGTH)).stored.write(0, leafOf(1));
  (await second.content(KEY, LENGTH)).stored.write(0, leafOf(2));
  await first.close();
  await second.close();
  const name = `${KEY}-${LENGTH}.part`;
  assertEquals((await Deno.readFile(`${temp.path}/${name}`))[0], 1);
  assertEquals((await Deno.readFile(`${temp.path}/2/${name}`))[0], 2);
});

Deno.test("when the disk refuses, the bytes stay in memory and the log says so once", async () => {
  const said: string[] = [];
  const stored = new StoredContent(
    "/dev/null/not/a/folder",
    LENGTH,
    (_level, message) => said.push(message),
  );
  stored.write(0, leafOf(4));
  stored.write(1, leafOf(5));
  await stored.settle();
  assertEquals(await stored.read(LEAF_BYTES - 1, 2), new Uint8Array([4, 5]));
  assertEquals(said.length, 1);
  await stored.close();
});

Deno.test("a temporary file is gone when it is closed", async () => {
  await using temp = await tempFolder();
  const store = await open(temp.path);
  const stored = await store.temporary(LENGTH);
  stored.write(0, leafOf(1));
  await stored.settle();
  assert(stored.path !== undefined);
  await stored.close();
  const names = [...Deno.readDirSync(temp.path)].map((entry) => entry.name);
  assertEquals(names, ["lock"]);
  await store.close();
});

Deno.test("what was written before a content got its root is read after it", async () => {
  await using temp = await tempFolder();
  const root = "cd".repeat(32);
  const store = await open(temp.path);
  const { stored } = await store.content(KEY, LENGTH);
  stored.write(0, leafOf(7));
  await stored.settle();
  await store.rename(KEY, root, LENGTH);
  assertEquals(await stored.read(0, 3), leafOf(7, 3));
  stored.write(1, leafOf(8));
  await stored.settle();
  assertEquals([...await stored.read(LEAF_BYTES - 1, 2)], [7, 8]);
  await store.close();
  const names = [...Deno.readDirSync(temp.path)].map(({ name }) => name);
  assertEquals(names.filter((name) => name.endsWith(".part")), [
    `${root}-${LENGTH}.part`,
  ]);
});

Deno.test("a content takes its root's name and keeps its bytes", async () => {
  await using temp = await tempFolder();
  const root = "cd".repeat(32);
  const store = await open(temp.path);
  const { stored } = await store.content(KEY, LENGTH);
  stored.write(0, leafOf(7));
  await store.rename(KEY, root, LENGTH);
  stored.write(1, leafOf(8));
  const held = new LeafSet(4);
  held.add(0, 2);
  await store.saveHave(root, LENGTH, held);
  await store.close();
  const again = await open(temp.path);
  const { stored: kept, claimed } = await again.content(root, LENGTH);
  assertEquals(claimed, [{ from: 0, until: 2 }]);
  assertEquals([...await kept.read(LEAF_BYTES - 1, 2)], [7, 8]);
  await again.close();
});
