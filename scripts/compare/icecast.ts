/**
 * Side by side with Debian's icecast2: the same ffmpeg source at 128 kbit/s to
 * both, then so many listeners on each for so many seconds, from a process of
 * their own. Prints a table, and the response headers of both, line by line.
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/icecast.ts [--listeners=1000,5000] [--seconds=30]
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import {
  type Contender,
  startAlluviumWithSource,
  startIcecast,
} from "./contenders.ts";
import { headersOf, printDifferences } from "./headers.ts";
import { measure, type Row, table } from "./measure.ts";
import { serverMain } from "./stream_server.ts";

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["listeners", "seconds"],
    default: { listeners: "1000,5000", seconds: "30" },
  });
  if (args._[0] === "server") await serverMain();
  else {
    const counts = args.listeners.split(",").map(Number);
    await compare(counts, Number(args.seconds));
  }
}

async function compare(counts: number[], seconds: number): Promise<void> {
  const rows: Row[] = [];
  const headers: Record<string, string[]> = {};
  for (const start of [startAlluviumWithSource, startIcecast]) {
    const contender = await start(128);
    try {
      headers[contender.name] = await headersOf(contender.url);
      for (const count of counts) {
        rows.push(await measure(contender, count, seconds));
      }
    } finally {
      await contender.stop();
    }
  }
  console.log(`128 kbit/s for ${seconds} s from one ffmpeg each`);
  console.table(table(rows));
  printRatios(rows, counts);
  printDifferences(headers.icecast2 ?? [], headers.alluvium ?? []);
}

function printRatios(rows: readonly Row[], counts: readonly number[]): void {
  for (const count of counts) {
    const row = (name: Contender["name"]) =>
      rows.find((x) => x.name === name && x.listeners === count)!;
    const [ours, theirs] = [row("alluvium"), row("icecast2")];
    const cpu = ours.cpuMsPerMegabyte / theirs.cpuMsPerMegabyte;
    const memory = ours.memoryKibPerListener / theirs.memoryKibPerListener;
    console.log(
      `${count} listeners: ${cpu.toFixed(2)} of icecast2's CPU time a byte, ` +
        `${memory.toFixed(1)} times its memory a listener`,
    );
  }
}
