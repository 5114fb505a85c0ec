/**
 * One peer gives a file to another: verified, disk to disk, on loopback.
 * Alluvium's own command line (`alluvium fetch` from an `alluvium fetch` that
 * shares), libtorrent 2.0 over TCP and webtorrent take turns, so that whatever
 * else the machine does meets all of them. Seconds are those of the whole
 * receiving process; CPU seconds those of both sides.
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/pair.ts [--rounds=5] [--mib=512] [--only=alluvium,libtorrent]
 *
 * Needs nginx, python3-libtorrent and npm; a rival that is missing is left out.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { tempFolder } from "../../tests/support/temp.ts";
import { measureFetch, type Side, type Taken } from "./pair_fetch.ts";
import { startSides } from "./pair_sides.ts";
import { randomFile } from "./random_file.ts";
import { touchMemory } from "./touch_memory.ts";

/** What is asked for: times libtorrent's and webtorrent's speed. */
const WANTED: Readonly<Record<string, number>> = {
  "libtorrent": 1.5,
  "webtorrent": 2,
};

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function rows(taken: Map<string, Taken[]>, mib: number) {
  const bytes = mib * 1024 * 1024;
  const secondsOf = (name: string) =>
    median((taken.get(name) ?? []).map(({ seconds }) => seconds));
  const ours = secondsOf("alluvium");
  return Object.fromEntries([...taken].map(([name, all]) => {
    const seconds = secondsOf(name);
    const cpu = median(all.map(({ cpuSeconds }) => cpuSeconds));
    return [name, {
      "MB/s": Math.round(bytes / seconds / 1e6),
      "seconds": all.map((one) => one.seconds.toFixed(2)).join(" "),
      "CPU s per GiB": (cpu * 1024 / mib).toFixed(2),
      "ours over it": (seconds / ours).toFixed(2),
      "wanted": WANTED[name] ?? "",
    }];
  }));
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["rounds", "mib", "only"],
    default: { rounds: "5", mib: "512" },
  });
  const mib = Number(args.mib);
  await using folder = await tempFolder();
  const file = folder.file("origin/file.bin");
  await Deno.mkdir(folder.file("origin"));
  await randomFile(file, mib);
  const sides: Side[] = await startSides(folder, file, args.only);
  const taken = new Map<string, Taken[]>();
  try {
    for (let round = 0; round < Number(args.rounds); round++) {
      for (const side of sides) {
        await touchMemory();
        const one = await measureFetch(side, file, folder.file("taken"));
        taken.set(side.name, [...taken.get(side.name) ?? [], one]);
      }
    }
  } finally {
    for (const side of sides) await side.stop();
  }
  const [load = 0] = Deno.loadavg();
  console.log(
    `${mib} MiB from one peer to another; ${navigator.hardwareConcurrency} cores, load ${
      load.toFixed(1)
    }`,
  );
  console.table(rows(taken, mib));
}
