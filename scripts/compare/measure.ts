/**
 * One measurement: so many players from a process of their own, and the
 * server's CPU time and memory as the system counts them. Linux only.
 *
 * @module
 */
import type { Contender } from "./contenders.ts";
import type { PlayersReport } from "./players.ts";

/** What one server needed. */
export interface Row {
  name: string;
  listeners: number;
  cpuSeconds: number;
  cpuSecondsPerListenerHour: number;
  /** For what was received: a server that sends less also works less. */
  cpuMsPerMegabyte: number;
  /** Resident, with all listeners on. */
  memoryMiB: number;
  /** Of that, what came with the listeners, in KiB each. */
  memoryKibPerListener: number;
  players: PlayersReport;
}

/** Listeners that come and go before a measurement. */
const WARM_UP_LISTENERS = 20;

/** Plays to so many listeners and takes the server's own account of it. */
export async function measure(
  contender: Contender,
  listeners: number,
  seconds: number,
): Promise<Row> {
  // What the first listeners bring into memory is the program, not theirs.
  for await (const _ of runPlayers(contender.url, WARM_UP_LISTENERS, 2));
  const idle = await usage(contender.pid);
  const output = runPlayers(contender.url, listeners, seconds);
  await output.next();
  const before = await usage(contender.pid);
  const players: PlayersReport = JSON.parse((await output.next()).value ?? "");
  const after = await usage(contender.pid);
  for await (const _ of output);
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  return {
    name: contender.name,
    listeners,
    cpuSeconds,
    cpuSecondsPerListenerHour: cpuSeconds * 3600 / listeners /
      players.seconds,
    cpuMsPerMegabyte: cpuSeconds * 1e9 / players.bytes,
    memoryMiB: after.memoryMiB,
    memoryKibPerListener: (after.memoryMiB - idle.memoryMiB) * 1024 /
      listeners,
    players,
  };
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
      new URL("listeners.ts", import.meta.url).pathname,
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

/** CPU time so far and memory now, from /proc. */
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

/** Rows for `console.table`. */
export function table(
  rows: readonly Row[],
): Record<string, Record<string, string | number>> {
  return Object.fromEntries(
    rows.map((row) => [`${row.name}, ${row.listeners}`, {
      "CPU s": row.cpuSeconds.toFixed(2),
      "CPU s per listener-hour": row.cpuSecondsPerListenerHour.toFixed(2),
      "CPU ms per MB": row.cpuMsPerMegabyte.toFixed(2),
      "memory MiB": row.memoryMiB.toFixed(0),
      "KiB per listener": row.memoryKibPerListener.toFixed(1),
      "largest gap ms": row.players.largestGapMs.toFixed(0),
      "MB received": (row.players.bytes / 1e6).toFixed(1),
      "lost": row.players.lost,
    }]),
  );
}
