/**
 * What goes wrong on the disk costs the file it happens to, and not the station.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { broadcastFolder } from "../../lib/broadcaster/mod.ts";
import { save } from "../../lib/broadcaster/save.ts";
import { tempFolder } from "../support/temp.ts";
import { demoFile, mediaFolder } from "./folders.ts";

Deno.test("a name as long as names can be is broadcast, without its .tree", async () => {
  await using folder = await mediaFolder();
  const name = `${"é".repeat(125)}.mp3`; // 254 bytes of 255; .tree needs five.
  await folder.write(name, await demoFile("station_ident.mp3"));
  const { bare, skipped, playlist } = await broadcastFolder({
    folder: folder.path,
  });
  assertEquals([skipped, playlist.items.length], [[], 3]);
  assertEquals(bare.map(({ path }) => path), [name]);
  assertMatch(bare[0]!.reason, /Cannot write the file: .*too long/i);
  assertEquals(playlist.items.map(({ root }) => root?.length), [64, 64, 64]);
});

Deno.test("a draft's name is short however long the file's is", async () => {
  await using folder = await tempFolder();
  const path = folder.file("x".repeat(255));
  await save(path, new Uint8Array([1, 2]));
  assertEquals(await Deno.readFile(path), new Uint8Array([1, 2]));
});

Deno.test("a .tree that cannot be written is told of, and the station stands", async () => {
  await using folder = await mediaFolder();
  await folder.write("b 10%.mp3.tree/full", "of something");
  const { bare, playlist } = await broadcastFolder({ folder: folder.path });
  assertEquals(bare.map(({ path }) => path), ["b 10%.mp3"]);
  assertEquals(playlist.items.length, 2);
});

Deno.test("a file that vanishes while it is read is left out", async () => {
  await using folder = await mediaFolder();
  const { skipped, playlist } = await broadcastFolder({
    folder: folder.path,
    onProgress: ({ path, done }) => {
      if (path === "b 10%.mp3" && done === 0) {
        Deno.removeSync(folder.file(path));
      }
    },
  });
  assertEquals(skipped.map(({ path }) => path), ["b 10%.mp3"]);
  assertEquals(playlist.items.length, 1);
});

Deno.test("a folder within that cannot be read is left out", async () => {
  await using folder = await mediaFolder();
  // Linux reads no path of more than 4096 bytes: folders are put into folders.
  let inner = folder.file("inner");
  await Deno.mkdir(inner);
  for (let i = 0; i < 18; i++) {
    const outer = folder.file(`outer${i}`);
    await Deno.mkdir(outer);
    await Deno.rename(inner, `${outer}/${"y".repeat(250)}`);
    inner = outer;
  }
  const { skipped, playlist } = await broadcastFolder({ folder: folder.path });
  assertEquals(skipped.length, 1);
  assertMatch(skipped[0]!.reason, /Cannot read the folder/);
  assertEquals(playlist.items.length, 2);
});
