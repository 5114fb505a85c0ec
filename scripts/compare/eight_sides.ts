/**
 * The programs of `eight.ts`: each gets ready what it needs, and then starts all
 * listeners at once and waits until the last has the file.
 *
 * @module
 */
import { startAlluvium, startGateway } from "../../tests/support/alluvium.ts";
import { freePort } from "../../tests/support/ports.ts";
import { run } from "../../tests/support/processes.ts";
import type { TempFolder } from "../../tests/support/temp.ts";
import type { LimitedOrigin } from "./limited_origin.ts";
import { webtorrent } from "./rivals/rivals.ts";

/** Longest a round may take. */
const ROUND_MS = 300_000;

/** What a program has to work with. */
export interface Swarm {
  listeners: number;
  folder: TempFolder;
  server: LimitedOrigin;
  /** The folder with `file.bin` that the server serves. */
  origin: string;
}

/** By name: gets ready, and returns what is timed. */
export const SIDES: Readonly<
  Record<string, (swarm: Swarm) => Promise<() => Promise<void>>>
> = { alluvium, webtorrent: torrents, aria2c };

function numbers({ listeners }: Swarm): number[] {
  return Array.from({ length: listeners }, (_, n) => n);
}

/** Everyone goes on sharing until the last is done. */
async function alluvium(swarm: Swarm): Promise<() => Promise<void>> {
  const { folder, server } = swarm;
  const gateway = await startGateway();
  return async () => {
    const all = await Promise.all(
      numbers(swarm).map((n) =>
        startAlluvium(
          ...["fetch", `${server.url}file.bin`, "--gateway", gateway.url],
          ...["--cache", folder.file(`${n}`), "-o", folder.file(`${n}.bin`)],
          ...["--swarm-port", "0", "--share-for", "1000", "--json"],
        )
      ),
    );
    await Promise.all(
      all.map((one) => one.waitFor(/"bytesFromOrigin"/, ROUND_MS)),
    );
    await Promise.all(all.map((one) => one.end()));
    await gateway[Symbol.asyncDispose]();
  };
}

async function torrents(swarm: Swarm): Promise<() => Promise<void>> {
  const { folder, server, origin } = swarm;
  const [program, ...words] = await webtorrent() as [string, ...string[]];
  const torrent = folder.file("file.torrent");
  const making = ["make", `${origin}/file.bin`, torrent];
  const made = await run(program, [
    ...words,
    ...making,
    `${server.url}file.bin`,
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  const ports = numbers(swarm).map(() => freePort());
  return async () => {
    const all = await Promise.all(
      numbers(swarm).map(async (n) => {
        await Deno.mkdir(folder.file(`${n}`));
        const others = ports.filter((_, other) => other !== n).join(",");
        return new Deno.Command(program, {
          args: [
            ...[...words, "fetch", folder.file(`${n}`), torrent],
            ...[`${ports[n]}`, others],
          ],
          stdin: "piped",
          stdout: "piped",
          stderr: "null",
        }).spawn();
      }),
    );
    await Promise.all(all.map(async ({ stdout }) => {
      for await (const _ of stdout) return; // It says "done".
    }));
    await Promise.all(all.map(async (one) => {
      await one.stdin.close();
      await one.status;
    }));
  };
}

function aria2c(swarm: Swarm): Promise<() => Promise<void>> {
  const { folder, server } = swarm;
  return Promise.resolve(async () => {
    await Promise.all(
      numbers(swarm).map(async (n) => {
        const { code, stdout } = await run("aria2c", [
          ...["--dir", folder.path, "--out", `${n}.bin`, "--no-conf"],
          ...["--async-dns=false", "--file-allocation=none"],
          `${server.url}file.bin`,
        ], { timeoutMs: ROUND_MS });
        if (code !== 0) throw new Error(stdout);
      }),
    );
  });
}
