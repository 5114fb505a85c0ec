/**
 * How long a person waits for the first sound: from the start of the process to
 * the first byte of the stream, on loopback, packages cached. One listener
 * alone, and three at once with a gateway; each several times. The promise is
 * one second (nginx and ffmpeg must be installed).
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/first_byte.ts [--rounds=5]
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { startGateway } from "../../tests/support/alluvium.ts";
import { startTimed } from "../../tests/support/first_byte.ts";
import { secondsFromNow, startStation } from "../../tests/support/station.ts";

/** The promise, in milliseconds. */
const PROMISE_MS = 1000;

/** How many listeners start together, and what the playlist says. */
const ROWS = [
  { name: "alone, no gateway", listeners: 1, gateway: false, roots: true },
  { name: "alone, gateway", listeners: 1, gateway: true, roots: true },
  { name: "three, gateway, roots", listeners: 3, gateway: true, roots: true },
  { name: "three, gateway, no roots", listeners: 3, gateway: true },
];

type Row = typeof ROWS[number];

/** First-byte times of one round, everything started afresh. */
async function round({ listeners, gateway, roots = false }: Row) {
  await using running = gateway ? await startGateway() : undefined;
  await using station = await startStation({
    files: { "a.mp3": { seconds: 500, kbit: 320, title: "Twenty MB" } },
    trees: roots,
  });
  const playlist = await station.publish({
    roots,
    gateways: running ? [running.url] : [],
    items: [{ file: "a.mp3", startMs: secondsFromNow(-60) }],
  });
  const all = await Promise.all(
    Array.from({ length: listeners }, () => startTimed(playlist)),
  );
  await Promise.all(all.map(({ listener }) => listener[Symbol.asyncDispose]()));
  return all.map(({ firstByteMs }) => firstByteMs);
}

async function measure(row: Row, rounds: number) {
  const times: number[] = [];
  for (let n = 0; n < rounds; n++) times.push(...await round(row));
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(times[Math.floor(share * (times.length - 1))]!);
  const kept = at(1) <= PROMISE_MS ? "yes" : "no";
  return { "median ms": at(0.5), "worst ms": at(1), "within 1 s": kept };
}

if (import.meta.main) {
  const { rounds } = parseArgs(Deno.args, {
    string: ["rounds"],
    default: { rounds: "5" },
  });
  const table: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const row of ROWS) table[row.name] = await measure(row, Number(rounds));
  const [load = 0] = Deno.loadavg();
  console.log(
    `First byte of sound after the start of the process; ${navigator.hardwareConcurrency} cores, load ${
      load.toFixed(1)
    }`,
  );
  console.table(table);
}
