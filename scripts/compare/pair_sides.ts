/**
 * The programs of `pair.ts`, each with a seed that holds the file on its disk.
 *
 * @module
 */
import { LeafLayerBuilder } from "../../lib/hashtree/mod.ts";
import { commandLine, startGateway } from "../../tests/support/alluvium.ts";
import { startAlluvium } from "../../tests/support/alluvium.ts";
import { startNginx } from "../../tests/support/nginx.ts";
import { freePort } from "../../tests/support/ports.ts";
import { run, start } from "../../tests/support/processes.ts";
import type { TempFolder } from "../../tests/support/temp.ts";
import type { Side } from "./pair_fetch.ts";
import { hasLibtorrent, LIBTORRENT, webtorrent } from "./rivals/rivals.ts";

/** Longest a seed may take to be ready. */
const READY_MS = 120_000;

/** Starts the seeds of all programs, or of those named. */
export async function startSides(
  folder: TempFolder,
  file: string,
  only: string | undefined,
): Promise<Side[]> {
  const sides: Side[] = [];
  const wanted = (name: string) =>
    only === undefined || only.split(",").includes(name);
  if (wanted("alluvium")) sides.push(await alluviumSide(folder, file));
  if (wanted("libtorrent") && await hasLibtorrent()) {
    sides.push(await torrentSide("libtorrent", LIBTORRENT, folder, file));
  }
  if (wanted("webtorrent")) {
    const words = await webtorrent();
    sides.push(await torrentSide("webtorrent", words, folder, file));
  }
  return sides;
}

/** The seed got the file from its web server, whose `.tree` the gateway reads. */
async function alluviumSide(folder: TempFolder, file: string): Promise<Side> {
  await writeTree(file);
  const nginx = await startNginx({ root: folder.file("origin") });
  const gateway = await startGateway();
  const url = `${nginx.url}file.bin`;
  const words = (place: string) => [
    ...["fetch", url, "--gateway", gateway.url, "--swarm-port", "0"],
    ...["--cache", `${place}/cache`, "-o", `${place}/file.bin`, "--json"],
  ];
  await Deno.mkdir(folder.file("alluvium"));
  const seed = await startAlluvium(
    ...words(folder.file("alluvium")),
    ...["--share-for", "100000"],
  );
  await seed.waitFor(/"bytesFromOrigin"/, READY_MS);
  return {
    name: "alluvium",
    pids: [seed.pid, gateway.child.pid, nginx.child.pid],
    fetch: async (place) => [
      Deno.execPath(),
      ...await commandLine(words(place)),
    ],
    async stop() {
      await seed.end();
      await gateway[Symbol.asyncDispose]();
      await nginx[Symbol.asyncDispose]();
    },
  };
}

/** Writes `FILE.tree` beside a file. */
export async function writeTree(file: string): Promise<void> {
  const builder = new LeafLayerBuilder();
  using opened = await Deno.open(file);
  for await (const bytes of opened.readable) builder.write(bytes);
  await Deno.writeFile(`${file}.tree`, builder.finish().layer);
}

async function torrentSide(
  name: string,
  command: readonly string[],
  folder: TempFolder,
  file: string,
): Promise<Side> {
  const [program, ...words] = command;
  const torrent = folder.file(`${name}.torrent`);
  const made = await run(program!, [...words, "make", file, torrent]);
  if (made.code !== 0) throw new Error(`${name}: ${made.stderr}`);
  const port = `${freePort()}`;
  const origin = folder.file("origin");
  const seed = start(program!, [...words, "seed", origin, torrent, port]);
  await seed.waitFor(/ready/, READY_MS);
  return {
    name,
    pids: [seed.pid],
    fetch: (place) =>
      Promise.resolve([
        ...command,
        ...["fetch", place, torrent, `${freePort()}`, port],
      ]),
    async stop() {
      await seed.end();
    },
  };
}
