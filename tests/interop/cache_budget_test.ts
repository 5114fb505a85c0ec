/**
 * The program's cache on disk: after each of many downloads it takes what it may
 * and no block more, what was used last is still there, and a program that
 * begins with a smaller budget lets go what is over it.
 */
import { assert, assertEquals } from "@std/assert";
import { LeafLayerBuilder } from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { alluvium, startGateway } from "../support/alluvium.ts";
import { startNginx } from "../support/nginx.ts";
import { programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const FILE_BYTES = 300 * 1024;
const FILES = 6;
/** Three of the files, and less than a fourth. */
const BUDGET = 1024 * 1024;

/** Bytes that the files of a folder take on its disk. */
async function taken(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) bytes += (await Deno.stat(`${folder}/${name}`)).blocks! * 512;
  }
  return bytes;
}

Deno.test({
  name:
    "the program's cache takes no more than it may, and keeps what was used last",
  ignore: programs("nginx").ignore,
  async fn() {
    await using folder = await tempFolder();
    const names = Array.from({ length: FILES }, (_, i) => `${i}.mp3`);
    for (const [i, name] of names.entries()) {
      const file = sampleFile(FILE_BYTES, i + 1);
      const builder = new LeafLayerBuilder();
      builder.write(file);
      await folder.write(`root/${name}`, file);
      await folder.write(`root/${name}.tree`, builder.finish().layer);
    }
    await using origin = await startNginx({ root: folder.file("root") });
    await using gateway = await startGateway();
    const cache = folder.file("cache");
    const get = async (name: string, size = `${BUDGET}`) => {
      const { code, stdout, stderr } = await alluvium(
        ...["fetch", `${origin.url}${name}`, "--gateway", gateway.url],
        ...["--cache", cache, "--cache-size", size, "--swarm-port", "0"],
        ...["-o", folder.file(name), "--json"],
      );
      assertEquals(code, 0, stderr);
      const { bytesFromPeers, bytesFromOrigin } = JSON.parse(stdout);
      return bytesFromPeers + bytesFromOrigin;
    };
    for (const name of names) {
      assertEquals(await get(name), FILE_BYTES);
      const bytes = await taken(cache);
      assert(bytes <= BUDGET, `${bytes} bytes after ${name}`);
    }
    assert(await taken(cache) > 3 * FILE_BYTES, "it is used");
    for (const name of names.slice(-3)) assertEquals(await get(name), 0, name);
    assertEquals(await get(names[0]!), FILE_BYTES, "used longest ago");
    assertEquals(await get(names[0]!, `${BUDGET / 2}`), 0);
    assert(await taken(cache) <= BUDGET / 2);
    assertEquals(await get(names[1]!, "0"), FILE_BYTES);
    assertEquals(await taken(cache), 0);
  },
});
