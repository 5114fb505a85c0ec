import { assert, assertEquals, assertMatch } from "@std/assert";
import { LeafLayerBuilder } from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { alluvium, startAlluvium, startGateway } from "../support/alluvium.ts";
import { isSilentMp3, mp3Frames, place } from "../support/frames.ts";
import { startNginx } from "../support/nginx.ts";
import { receive } from "../support/players.ts";
import { run } from "../support/processes.ts";
import { programs } from "../support/programs.ts";
import { secondsFromNow, startStation } from "../support/station.ts";
import { tempFolder } from "../support/temp.ts";

const FILE = sampleFile(4 * 1024 * 1024 + 5);

/** Whether a file system can be mounted here: as root, outside a bare container. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const { code } = await run("unshare", ["--mount", "true"])
    .catch(() => ({ code: 1 }));
  return code === 0;
}

/** Mounts a small disk of memory for as long as it is used. */
async function mount(path: string, options: string): Promise<AsyncDisposable> {
  await Deno.mkdir(path);
  const words = ["-t", "tmpfs", "-o", options, "none", path];
  const mounted = await run("mount", words);
  assertEquals(mounted.code, 0, mounted.stderr);
  return {
    async [Symbol.asyncDispose]() {
      await run("umount", [path]);
    },
  };
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
  await using _disk = await mount(cache, mountOptions);
  const { code, stderr } = await alluvium(
    ...["fetch", `${origin.url}a.mp3`, "--gateway", gateway.url],
    ...["--cache", cache, "-o", folder.file("a.mp3"), "--swarm-port", "0"],
  );
  assertEquals(code, 0, stderr);
  return { said: stderr, file: await Deno.readFile(folder.file("a.mp3")) };
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

Deno.test({
  name: "a station is heard without a gap while its listener's disk is full",
  ignore: ignore || programs("ffmpeg", "curl").ignore,
  async fn() {
    await using folder = await tempFolder();
    await using gateway = await startGateway();
    const spec = { seconds: 60, title: "Rising Water", creator: "Noise" };
    await using station = await startStation({ files: { "a.mp3": spec } });
    const items = [{ file: "a.mp3", startMs: secondsFromNow(-10) }];
    const playlist = await station.publish({ gateways: [gateway.url], items });
    const cache = folder.file("cache");
    await using _disk = await mount(cache, "size=64k");
    await using child = await startAlluvium(
      ...["listen", playlist, "--port", "0", "--swarm-port", "0"],
      ...["--cache", cache],
    );
    const [, url = ""] = await child.waitFor(/^Page +(http\S+)/m, 20_000);
    const { audio } = await receive(`${url}stream.mp3`, 6);
    const source = [mp3Frames(station.bytes("a.mp3"))];
    const { runs, foreign } = place(mp3Frames(audio), source, isSilentMp3);
    assertEquals([foreign, runs.length], [0, 1], JSON.stringify(runs));
    assert(runs[0]![2] > 100, "only silence");
    await child.waitFor(
      /Cannot write to the cache: keeping the file in memory/,
    );
    assert(child.running);
  },
});
