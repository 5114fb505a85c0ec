/**
 * What many listeners cost: a mount, and from a process of its own so many
 * players on it, for so many seconds; then CPU seconds, memory, and the largest
 * gap that any of them saw. With `--icecast` the same against icecast2 fed by
 * ffmpeg, for comparison (needs both programs; run as root it starts icecast2
 * as `nobody`).
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/listeners.ts [--listeners=1000] [--seconds=10] [--kbit=128] [--icecast]
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { type Contender, startAlluvium, startIcecast } from "./contenders.ts";
import { measure, type Row, table } from "./measure.ts";
import { playersMain } from "./players.ts";
import { mountMain } from "./mount_server.ts";

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["listeners", "seconds", "kbit", "url"],
    boolean: ["icecast"],
    default: { listeners: "1000", seconds: "10", kbit: "128", url: "" },
  });
  const listeners = Number(args.listeners);
  const seconds = Number(args.seconds);
  const kbit = Number(args.kbit);
  const [role] = args._;
  if (role === "mount") await mountMain(kbit);
  else if (role === "players") await playersMain(args.url, listeners, seconds);
  else await compare({ listeners, seconds, kbit, icecast: args.icecast });
}

async function compare(
  { listeners, seconds, kbit, icecast }: {
    listeners: number;
    seconds: number;
    kbit: number;
    icecast: boolean;
  },
): Promise<void> {
  const rows = [await measured(await startAlluvium(kbit), listeners, seconds)];
  if (icecast) {
    rows.push(await measured(await startIcecast(kbit), listeners, seconds));
  }
  console.log(`${listeners} listeners at ${kbit} kbit/s for ${seconds} s`);
  console.table(table(rows));
}

async function measured(
  contender: Contender,
  listeners: number,
  seconds: number,
): Promise<Row> {
  try {
    return await measure(contender, listeners, seconds);
  } finally {
    await contender.stop();
  }
}
