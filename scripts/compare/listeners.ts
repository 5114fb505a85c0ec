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
import { playersMain, type PlayersReport } from "./players.ts";
import { mountMain } from "./mount_server.ts";

/** One row of the table. */
interface Row {
  name: string;
  cpuSeconds: number;
  cpuSecondsPerListenerHour: number;
  memoryMiB: number;
  players: PlayersReport;
}

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
  const rows = [await measure(await startAlluvium(kbit), listeners, seconds)];
  if (icecast) {
    rows.push(await measure(await startIcecast(kbit), listeners, seconds));
  }
  console.log(`${listeners} listeners at ${kbit} kbit/s for ${seconds} s`);
  console.table(Object.fromEntries(rows.map(print)));
}

/** Plays to so many listeners and takes the server's own account of it. */
async function measure(
  contender: Contender,
  listeners: number,
  seconds: number,
): Promise<Row> {
  try {
    const output = runPlayers(contender.url, listeners, seconds);
    await output.next();
    const before = await usage(contender.pid);
    const players: PlayersReport = JSON.parse(
      (await output.next()).value ?? "",
    );
    const after = await usage(contender.pid);
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    return {
      name: contender.name,
      cpuSeconds,
      cpuSecondsPerListenerHour: cpuSeconds * 3600 / listeners /
        players.seconds,
      memoryMiB: after.memoryMiB,
      players,
    };
  } finally {
    await contender.stop();
  }
}

/** The lines that the players print, see players.ts. */
async function* runPlayers(
  url: string,
  listeners: number,
  seconds: number,
): AsyncGenerator<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--import-map", "scripts/npm/import_map.json"],
      new URL(import.meta.url).pathname,
      "players",
      `--url=${url}`,
      `--listeners=${listeners}`,
      `--seconds=${seconds}`,
    ],
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  for await (const bytes of process.stdout) yield decoder.decode(bytes);
  await process.status;
}

/** CPU time so far and memory now, from /proc; Linux only. */
async function usage(
  pid: number,
): Promise<{ cpuSeconds: number; memoryMiB: number }> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const rssKiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  return { cpuSeconds: ticks / 100, memoryMiB: rssKiB / 1024 };
}

function print(row: Row): [string, Record<string, string | number>] {
  return [row.name, {
    "CPU s": row.cpuSeconds.toFixed(2),
    "CPU s per listener-hour": row.cpuSecondsPerListenerHour.toFixed(2),
    "memory MiB": row.memoryMiB.toFixed(0),
    "largest gap ms": row.players.largestGapMs.toFixed(0),
    "MB received": (row.players.bytes / 1e6).toFixed(1),
    "lost": row.players.lost,
  }];
}
