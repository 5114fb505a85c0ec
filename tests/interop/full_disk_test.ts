import { assertEquals, assertMatch } from "@std/assert";
import { LeafLayerBuilder } from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { alluvium, startGateway } from "../support/alluvium.ts";
import { startNginx } from "../support/nginx.ts";
import { run } from "../support/processes.ts";
import { programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const FILE = sampleFile(4 * 1024 * 1024 + 5);

/** Whether a file system can be mounted here: as root, outside a bare container. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const { code } = await run("unshare", ["--mount", "true"])
    .catch(() => ({ code: 1 }));
  return code === 0;
}

/** Downloads with the cache on a disk of 1 MiB; what it said, and the file. */
async function downloadOn(mountOptions: string) {
  await using folder = await tempFolder();
  const builder = new LeafLayerBuilder();
  builder.write(FILE);
  await folder.write("root/a.mp3", FILE);
  await folder.write("root/a.mp3.tree", builder.finish().layer);
  await using origin = await startNginx({ root: folder.file("root") });
  await using gateway = await startGateway();
  const cache = folder.file("cache");
  await Deno.mkdir(cache);
  const options = ["-o", mountOptions, "none", cache];
  const mounted = await run("mount", ["-t", "tmpfs", ...options]);
  assertEquals(mounted.code, 0, mounted.stderr);
  try {
    const { code, stderr } = await alluvium(
      ...["fetch", `${origin.url}a.mp3`, "--gateway", gateway.url],
      ...["--cache", cache, "-o", folder.file("a.mp3"), "--swarm-port", "0"],
    );
    assertEquals(code, 0, stderr);
    return { said: stderr, file: await Deno.readFile(folder.file("a.mp3")) };
  } finally {
    await run("umount", [cache]);
  }
}

const ignore = programs("nginx").ignore || !await canMount();

Deno.test({
  name: "on a full disk a listener goes on from memory, and says so once",
  ignore,
  async fn() {
    const { said, file } = await downloadOn("size=1m");
    assertEquals(file, FILE);
    assertMatch(said, /Cannot write to the cache: keeping the file in memory/);
    assertEquals(said.match(/keeping/g)?.length, 1, said);
  },
});

Deno.test({
  name: "a cache folder that is read-only is not used, and that is said",
  ignore,
  async fn() {
    const { said, file } = await downloadOn("ro");
    assertEquals(file, FILE);
    assertMatch(said, /Cannot use the cache folder: keeping files in memory/);
  },
});
