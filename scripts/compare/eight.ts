/**
 * Eight at once want one file from an origin with a thin line: Alluvium with a
 * gateway, webtorrent with a web seed, and eight `aria2c`, in turns. Prints what
 * the origin sent, when the last had the file, and how that compares to the
 * bound, which is the time the origin needs for one copy.
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/eight.ts [--rounds=3] [--mib=100] [--megabytes=20] [--only=alluvium]
 *
 * Asked for: at most 1.05 copies, the last at most 1.3 times the bound. Needs
 * root, nginx, aria2c and npm.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { systemClock } from "../../lib/clock.ts";
import { tempFolder } from "../../tests/support/temp.ts";
import { SIDES, type Swarm } from "./eight_sides.ts";
import { startLimitedOrigin } from "./limited_origin.ts";
import { randomFile } from "./random_file.ts";
import { touchMemory } from "./touch_memory.ts";
import { endedChildrenCpuSeconds } from "./usage.ts";
import { writeTree } from "./pair_sides.ts";

const LISTENERS = 8;

interface Outcome {
  copies: number;
  seconds: number;
  cpuSeconds: number;
}

/** One round of one program: everything started afresh. */
async function round(
  start: (swarm: Swarm) => Promise<() => Promise<void>>,
  { mib, bytesPerSecond }: { mib: number; bytesPerSecond: number },
  origin: string,
): Promise<Outcome> {
  await using folder = await tempFolder();
  await using server = await startLimitedOrigin(origin, bytesPerSecond);
  const bytes = mib * 1024 * 1024;
  const swarm = { listeners: LISTENERS, folder, server, origin };
  const finish = await start(swarm);
  await touchMemory();
  const cpuBefore = await endedChildrenCpuSeconds();
  const startMs = systemClock.monotonic();
  await finish();
  const seconds = (systemClock.monotonic() - startMs) / 1000;
  return {
    copies: await server.bytesSent() / bytes,
    seconds,
    cpuSeconds: await endedChildrenCpuSeconds() - cpuBefore,
  };
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["rounds", "mib", "megabytes", "only"],
    default: { rounds: "3", mib: "100", megabytes: "20" },
  });
  const mib = Number(args.mib);
  const bytesPerSecond = Number(args.megabytes) * 1e6;
  await using folder = await tempFolder();
  await randomFile(folder.file("file.bin"), mib);
  await writeTree(folder.file("file.bin"));
  const bound = mib * 1024 * 1024 / bytesPerSecond;
  const rows: Record<string, Record<string, string>> = {};
  for (let n = 1; n <= Number(args.rounds); n++) {
    for (const [name, start] of Object.entries(SIDES)) {
      if (args.only !== undefined && args.only !== name) continue;
      const line = { mib, bytesPerSecond };
      const one = await round(start, line, folder.path);
      rows[`${name}, round ${n}`] = {
        "copies": one.copies.toFixed(3),
        "seconds to the last": one.seconds.toFixed(2),
        "over the bound": (one.seconds / bound).toFixed(2),
        "CPU s": one.cpuSeconds.toFixed(1),
      };
    }
  }
  const [load = 0] = Deno.loadavg();
  console.log(
    `${LISTENERS} at once, ${mib} MiB at ${args.megabytes} MB/s, bound ${
      bound.toFixed(2)
    } s; ${navigator.hardwareConcurrency} cores, load ${load.toFixed(1)}`,
  );
  console.table(rows);
}
