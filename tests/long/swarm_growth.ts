/**
 * Whether a listener costs more where there are many: as many listeners at a time
 * on one station, on ten of a tenth, on a hundred of a hundredth. All of them are
 * in one process and take turns every millisecond, so that what they keep fits
 * the processor's caches as well or as badly in each case, and what is left of the
 * difference is the number of those who hear the same.
 *
 *     deno task long swarm_growth [--listeners 1000] [--seconds 24] [--row video]
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import process from "node:process";
import { report } from "../simulation/report.ts";
import { AUDIO, VIDEO } from "../simulation/scenario.ts";
import { Station } from "../simulation/station.ts";
import { BEGINNING_MS } from "../simulation/world.ts";

const SCENARIOS = { audio: AUDIO, video: VIDEO };

/** On how many stations they are. */
const STATIONS = [100, 10, 1];

/**
 * Those of the largest station may cost so many times what they cost on the next
 * smaller ones, where they have as many links; among ten nobody has.
 */
const RATIO_MAX = 1.25;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Processor time for each listener and second, while they come and after, in ms. */
function cost(
  name: keyof typeof SCENARIOS,
  listeners: number,
  count: number,
  seconds: number,
) {
  const scenario = {
    ...SCENARIOS[name],
    listeners: listeners / count,
    // A joint in the middle of it.
    midItemSeconds: SCENARIOS[name].itemSeconds - seconds / 2,
    seconds,
  };
  const stations = Array.from(
    { length: count },
    (_, n) => new Station(scenario, n + 1),
  );
  const [, joinedSeconds] = scenario.join;
  const startMs = cpuMs();
  let joinedMs = startMs;
  for (let atMs = 1; atMs <= seconds * 1000; atMs++) {
    for (const { world } of stations) world.time.run(BEGINNING_MS + atMs);
    if (atMs === joinedSeconds * 1000) joinedMs = cpuMs();
  }
  const endMs = cpuMs();
  const figures = stations.map((station) => report(station, scenario));
  const mean = (of: (figure: (typeof figures)[number]) => number) =>
    figures.reduce((sum, one) => sum + of(one), 0) / count;
  return {
    comingMs: (joinedMs - startMs) / (listeners * joinedSeconds / 2),
    listeningMs: (endMs - joinedMs) / (listeners * (seconds - joinedSeconds)),
    copies: mean(({ originCopies }) => originCopies),
    continuity: mean(({ continuity }) => continuity),
    links: mean(({ links }) => links),
  };
}

const options = parseArgs(Deno.args, {
  string: ["row", "listeners", "seconds"],
  default: { listeners: "1000", seconds: "24" },
});
const [listeners, seconds] = [
  Number(options.listeners),
  Number(options.seconds),
];
const names = (Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[])
  .filter((name) => options.row === undefined || name === options.row);
let isMet = true;
for (const name of names) {
  console.log(`${listeners} listeners, ${name}, ${seconds} s`);
  const rows: Record<string, Record<string, string>> = {};
  let before: number | undefined;
  for (const count of STATIONS) {
    const one = cost(name, listeners, count, seconds);
    const ratio = one.listeningMs / (before ?? one.listeningMs);
    isMet &&= count > 1 || ratio <= RATIO_MAX;
    rows[`${count} x ${listeners / count}`] = {
      "coming, ms a peer·s": one.comingMs.toFixed(3),
      "listening, ms a peer·s": one.listeningMs.toFixed(3),
      "times the row above": ratio.toFixed(2),
      "links": one.links.toFixed(1),
      "copies": one.copies.toFixed(3),
      "continuity": one.continuity.toFixed(5),
    };
    before = one.listeningMs;
  }
  console.table(rows);
}
console.log(isMet ? "met" : "MISSED");
Deno.exit(isMet ? 0 : 1);
