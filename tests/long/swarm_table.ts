/**
 * The figures of the swarm, simulated, beside what is asked of them:
 *
 *     deno task long swarm_table                       all rows; 2, 10, 100 and 1,000 listeners
 *     deno task long swarm_table --listeners 10000     the steady rows for so many
 *     deno task long swarm_table --row flash           rows whose name has this
 *     deno task long swarm_table --seed 7              another seed than 1
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { simulate } from "../simulation/run.ts";
import {
  acquaintedRow,
  otherRows,
  type Row,
  steadyRows,
  type Target,
} from "../simulation/targets.ts";

const STEADY = [2, 10, 100, 1000];

const WIDTHS = [34, 16, 10, 10, 4];

function line(...cells: (string | number)[]): string {
  return cells.map((cell, i) => String(cell).padEnd(WIDTHS[i] ?? 0)).join(" ");
}

function wanted({ atMost, atLeast }: Target): string {
  return atMost === undefined ? `>= ${short(atLeast!)}` : `<= ${short(atMost)}`;
}

function isMet({ atMost, atLeast }: Target, value: number): boolean {
  return value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity);
}

function short(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

function show(row: Row, seed: number): boolean {
  const figures = simulate(row.scenario, seed);
  let name = row.name;
  let met = true;
  for (const target of row.targets) {
    const value = figures[target.figure];
    met &&= isMet(target, value);
    const verdict = isMet(target, value) ? "met" : "MISSED";
    const cells = [target.figure, wanted(target), short(value), verdict];
    console.log(line(name, ...cells));
    name = "";
  }
  const { cpuMsPerPeerSecond, cpuSeconds, control } = figures;
  const cells = [short(cpuMsPerPeerSecond), `${short(cpuSeconds)} s`];
  console.log(line(name, "cpuMs/peer·s", "", ...cells));
  console.log(line(name, "control", "", short(control)));
  return met;
}

const options = parseArgs(Deno.args, {
  string: ["listeners", "row"],
  default: { seed: 1 },
});
const steady = options.listeners?.split(",").map(Number) ?? STEADY;
const rows = [
  ...steady.flatMap(steadyRows),
  ...steady.map(acquaintedRow),
  ...(options.listeners === undefined || options.row !== undefined
    ? otherRows()
    : []),
].filter(({ name }) => name.includes(options.row ?? ""));
console.log(line("row", "figure", "target", "reached", `seed ${options.seed}`));
const met = rows.map((row) => show(row, Number(options.seed)));
console.log(`${met.filter(Boolean).length} of ${met.length} rows met`);
