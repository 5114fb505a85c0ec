/**
 * An hour of radio, simulated with an engine for each listener: 10, 100 and 1,000
 * hear items of five minutes. What it costs, and whether a listener costs more
 * where there are many.
 *
 *     deno task long swarm_hour [LISTENERS…]
 *
 * @module
 */
import process from "node:process";
import { systemClock } from "../../lib/clock.ts";
import { report } from "../simulation/report.ts";
import { AUDIO, type Scenario } from "../simulation/scenario.ts";
import { Station } from "../simulation/station.ts";
import { BEGINNING_MS } from "../simulation/world.ts";

const SECONDS = 3_600;

/** Memory is looked at so often, each time in the same part of an item. */
const LOOK_SECONDS = 600;
const FIRST_LOOK_SECONDS = 500;

/** What an hour may take, in real time, for the largest crowd. */
const REAL_SECONDS_MAX = 600;

const counts = Deno.args.length > 0 ? Deno.args.map(Number) : [10, 100, 1_000];

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What is held once nothing is left to collect, in MB. */
function heldMb(): number {
  (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return Math.round((heapUsed + external) / 1e6);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function run(listeners: number): boolean {
  const scenario: Scenario = { ...AUDIO, listeners, seconds: SECONDS };
  const station = new Station(scenario, 1);
  const [startMs, startCpu] = [systemClock.monotonic(), cpuSeconds()];
  console.log(`${listeners} listeners`);
  for (let at = FIRST_LOOK_SECONDS; at < SECONDS; at += LOOK_SECONDS) {
    station.world.time.run(BEGINNING_MS + at * 1000);
    const cpu = round(cpuSeconds() - startCpu);
    console.log(`  until ${at} s: ${cpu} CPU seconds, ${heldMb()} MB held`);
  }
  station.run();
  const realSeconds = (systemClock.monotonic() - startMs) / 1000;
  const cpu = cpuSeconds() - startCpu;
  const figures = report(station, scenario);
  const { originCopies, peerEfficiency, continuity, silent } = figures;
  const rows = {
    "real seconds": realSeconds,
    "CPU seconds": cpu,
    "CPU ms a peer·s": cpu * 1000 / listeners / SECONDS,
    originCopies,
    peerEfficiency,
    continuity,
    silent,
    control: figures.control,
    startupP95Ms: figures.startupP95Ms,
  };
  for (const [name, value] of Object.entries(rows)) {
    console.log(`  ${name.padEnd(18)} ${round(value)}`);
  }
  return continuity === 1 && silent === 0 && originCopies <= 1.05 &&
    peerEfficiency >= 0.98 * (1 - 1 / listeners) && figures.control < 0.1 &&
    realSeconds < REAL_SECONDS_MAX;
}

const met = counts.map(run).every(Boolean);
console.log(met ? "met" : "MISSED");
Deno.exit(met ? 0 : 1);
