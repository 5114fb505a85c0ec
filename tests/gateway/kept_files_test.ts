import { assert, assertEquals } from "@std/assert";
import { KeptFiles } from "../../lib/gateway/kept_files.ts";
import { MemoryStore } from "../../lib/gateway/memory_store.ts";
import { silentLog } from "../../lib/log.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";

const hex = (digit: string) => digit.repeat(64);

async function openFiles(folder: string, bytesMax = 100) {
  const store = new MemoryStore();
  for (const digit of "abcdef") {
    const layer = new Uint8Array(32).fill(1);
    await store.putContent({ root: hex(digit), length: 40, layer });
  }
  const clock = new FakeClock();
  const options = { folder, bytesMax, store, clock, log: silentLog };
  return { store, clock, options, files: await KeptFiles.open(options) };
}

async function keep(files: KeptFiles, digit: string, length = 40) {
  const draft = await files.draft(length);
  if (draft === undefined) return false;
  await draft.write(new Uint8Array(length).fill(7));
  await draft.commit(hex(digit));
  return true;
}

const namesIn = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("a file is kept under its root once it is whole", async () => {
  await using folder = await tempFolder();
  const { files, store } = await openFiles(folder.path);
  const draft = (await files.draft(40))!;
  await draft.write(new Uint8Array(15));
  await draft.write(new Uint8Array(25));
  assertEquals([files.bytes, files.has(hex("a"))], [40, false]);
  assertEquals((await Deno.stat(draft.path)).size, 40);
  await draft.commit(hex("a"));
  assertEquals([files.bytes, files.has(hex("a"))], [40, true]);
  assertEquals(files.path(hex("a")), draft.path);
  assertEquals((await store.keptFiles()).map(({ root }) => root), [hex("a")]);
  assertEquals(namesIn(folder.file("arriving")), []);
});

Deno.test("a draft that is discarded leaves nothing", async () => {
  await using folder = await tempFolder();
  const { files } = await openFiles(folder.path);
  const draft = (await files.draft(40))!;
  await draft.write(new Uint8Array(15));
  await draft.discard();
  await draft.discard();
  await draft.commit(hex("a"));
  assertEquals([files.bytes, files.has(hex("a"))], [0, false]);
  assertEquals(namesIn(folder.file("arriving")), []);
});

Deno.test("the budget holds: the least recently used goes first, what is in use stays", async () => {
  await using folder = await tempFolder();
  const { files, clock } = await openFiles(folder.path);
  assert(await keep(files, "a"));
  clock.jump(1000);
  assert(await keep(files, "b"));
  clock.jump(1000);
  files.path(hex("a"));
  assert(await keep(files, "c"));
  assertEquals(["a", "b", "c"].map((d) => files.has(hex(d))), [
    true,
    false,
    true,
  ]);
  assertEquals(namesIn(folder.file("files")), [hex("a"), hex("c")]);
  const releases = [files.use(hex("a"))!, files.use(hex("c"))!];
  assertEquals(await keep(files, "d"), false, "no room");
  releases[0]!();
  releases[0]!();
  assert(await keep(files, "d"));
  assertEquals([files.has(hex("a")), files.bytes], [false, 80]);
  assertEquals(await files.draft(101), undefined);
});

Deno.test("files that arrive count whole from the start", async () => {
  await using folder = await tempFolder();
  const { files } = await openFiles(folder.path);
  const draft = await files.draft(90);
  assertEquals(await files.draft(20), undefined);
  await draft?.discard();
  const next = await files.draft(20);
  assert(next !== undefined);
  await next.discard();
});

Deno.test("opening again sweeps what a crash left and forgets what is lost", async () => {
  await using folder = await tempFolder();
  const { files, options, store } = await openFiles(folder.path, 1000);
  for (const digit of ["a", "b", "c"]) await keep(files, digit);
  await Deno.remove(folder.file(`files/${hex("b")}`));
  await folder.write(`files/${hex("c")}`, "short");
  await folder.write(`files/${hex("d")}`, "x".repeat(40));
  await folder.write("arriving/9.part", "half");
  const again = await KeptFiles.open(options);
  assertEquals(
    ["a", "b", "c", "d"].map((digit) => again.has(hex(digit))),
    [true, false, false, false],
  );
  assertEquals(namesIn(folder.file("files")), [hex("a")]);
  assertEquals(namesIn(folder.file("arriving")), []);
  assertEquals((await store.keptFiles()).length, 1);
});
