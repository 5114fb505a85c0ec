/**
 * How fast a file in the page cache is hashed: `alluvium hash` beside
 * `openssl speed` on as many cores, in turns. What is asked for is 0.6 of
 * openssl's figure for each core that was busy.
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/hashing.ts [--mib=4096] [--rounds=3]
 *
 * Needs openssl, and memory for the file.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { systemClock } from "../../lib/clock.ts";
import { alluvium } from "../../tests/support/alluvium.ts";
import { run } from "../../tests/support/processes.ts";
import { tempFolder } from "../../tests/support/temp.ts";
import { randomFile } from "./random_file.ts";
import { endedChildrenCpuSeconds } from "./usage.ts";

/** What one round found, in MB/s. */
interface Round {
  openssl: number;
  ours: number;
  coresBusy: number;
}

/** openssl's own figure for blocks of a leaf, on all cores together. */
async function openssl(): Promise<number> {
  const cores = navigator.hardwareConcurrency;
  const words = "speed -seconds 2 -evp sha256 -bytes 16384 -multi".split(" ");
  const { stdout } = await run("openssl", [...words, `${cores}`]);
  const kilobytes = /^(?:evp|sha256)\s+([\d.]+)k/im.exec(stdout)?.[1];
  return Number(kilobytes) / 1000;
}

async function round(file: string, bytes: number): Promise<Round> {
  const before = await openssl();
  const cpuBefore = await endedChildrenCpuSeconds();
  const startMs = systemClock.monotonic();
  const { code, stderr } = await alluvium("hash", file);
  const seconds = (systemClock.monotonic() - startMs) / 1000;
  if (code !== 0) throw new Error(stderr);
  const cpu = await endedChildrenCpuSeconds() - cpuBefore;
  return {
    // Before and after, since the machine has other things to do.
    openssl: (before + await openssl()) / 2,
    ours: bytes / seconds / 1e6,
    coresBusy: cpu / seconds,
  };
}

/** Our figure for a core that was busy, over openssl's for a core. */
function perCore({ ours, openssl, coresBusy }: Round): number {
  return ours / coresBusy / (openssl / navigator.hardwareConcurrency);
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["mib", "rounds"],
    default: { mib: "4096", rounds: "3" },
  });
  const bytes = Number(args.mib) * 1024 * 1024;
  await using folder = await tempFolder();
  const file = folder.file("large.bin");
  await randomFile(file, Number(args.mib));
  await alluvium("hash", file); // Now it is in the page cache.
  const rounds: Round[] = [];
  for (let n = 0; n < Number(args.rounds); n++) {
    rounds.push(await round(file, bytes));
  }
  const [load = 0] = Deno.loadavg();
  console.log(
    `${args.mib} MiB hashed; ${navigator.hardwareConcurrency} cores, load ${
      load.toFixed(1)
    }`,
  );
  console.table(rounds.map((one) => ({
    "openssl MB/s": Math.round(one.openssl),
    "ours MB/s": Math.round(one.ours),
    "ratio": (one.ours / one.openssl).toFixed(2),
    "cores busy": one.coresBusy.toFixed(2),
    "ratio per core used": perCore(one).toFixed(2),
    "wanted": 0.6,
  })));
}
