import { assertEquals, assertRejects } from "@std/assert";
import { scanFolder } from "../../lib/broadcaster/scan.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { BROADCAST_DEPTH_MAX, BROADCAST_FILES_MAX } from "../../lib/limits.ts";
import { tempFolder } from "../support/temp.ts";

Deno.test("scanFolder() lists media as a person would, folder by folder", async () => {
  await using folder = await tempFolder();
  const names = [
    "10.mp3",
    "2.mp3",
    "B/x.OGG",
    "b.opus",
    "cover.jpg",
    "2.mp3.tree",
    "playlist.rss",
    ".hidden.mp3",
    ".git/a.mp3",
  ];
  for (const name of names) await folder.write(name, "x");
  assertEquals(await scanFolder(folder.path), [
    "2.mp3",
    "10.mp3",
    "B/x.OGG",
    "b.opus",
  ]);
});

Deno.test("scanFolder() follows links to files, not to folders or to nowhere", async () => {
  await using folder = await tempFolder();
  await using other = await tempFolder();
  await other.write("far.mp3", "x");
  await Deno.symlink(other.file("far.mp3"), folder.file("near.mp3"));
  await Deno.symlink(folder.path, folder.file("circle"));
  await Deno.symlink(folder.file("gone"), folder.file("gone.mp3"));
  assertEquals(await scanFolder(folder.path), ["near.mp3"]);
});

Deno.test("scanFolder() looks no deeper than BROADCAST_DEPTH_MAX", async () => {
  await using folder = await tempFolder();
  const deep = (depth: number) => "d/".repeat(depth - 1);
  await folder.write(`${deep(BROADCAST_DEPTH_MAX)}in.mp3`, "x");
  await folder.write(`${deep(BROADCAST_DEPTH_MAX + 1)}out.mp3`, "x");
  assertEquals(await scanFolder(folder.path), [
    `${deep(BROADCAST_DEPTH_MAX)}in.mp3`,
  ]);
});

Deno.test("scanFolder() refuses more files than the limit, which is BROADCAST_FILES_MAX", async () => {
  await using folder = await tempFolder();
  for (const name of ["a.mp3", "b.mp3", "c.mp3"]) await folder.write(name, "x");
  assertEquals((await scanFolder(folder.path, { filesMax: 3 })).length, 3);
  const error = await assertRejects(
    () => scanFolder(folder.path, { filesMax: 2 }),
    AlluviumError,
    "at most 2",
  );
  assertEquals(error.code, "usage");
  assertEquals(BROADCAST_FILES_MAX, 100_000);
});

Deno.test("scanFolder() names a folder that is not there", async () => {
  await using folder = await tempFolder();
  for (const path of [folder.file("no"), await folder.write("file.mp3", "x")]) {
    const error = await assertRejects(() => scanFolder(path), AlluviumError);
    assertEquals([error.code, error.place.file], ["not-found", path]);
  }
});
