/**
 * The crowd at the top of the hour, coarsely simulated (`../simulation/coarse.ts`):
 * a thousand, ten thousand and a hundred thousand tune in within ten seconds as
 * an item begins that nobody holds. The first row can be held against the same
 * crowd with an engine each: `deno task long swarm_table --row "flash, audio"`.
 *
 *     deno task long swarm_crowd [LISTENERS…]
 *
 * @module
 */
import process from "node:process";
import { Crowd } from "../simulation/coarse.ts";
import { CROWD } from "../simulation/targets.ts";

const counts = Deno.args.length > 0
  ? Deno.args.map(Number)
  : [1_000, 10_000, 100_000];

const rows = counts.map((listeners) => {
  const before = process.cpuUsage();
  const report = new Crowd({ ...CROWD, listeners }, 1).run();
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  const peerSeconds = listeners * CROWD.seconds;
  return {
    ...report,
    cpuSeconds: Math.round(cpuSeconds),
    cpuUsPerPeerSecond: Math.round(cpuSeconds / peerSeconds * 1e6),
  };
});
for (const row of rows) {
  for (const [name, value] of Object.entries(row)) {
    console.log(name.padEnd(20), Math.round(value * 10_000) / 10_000);
  }
  console.log();
}
// Late requests are not moved here, as engines do: a gap says little.
const met = rows.every(({ startupP95Ms, originCopies, silent }) =>
  startupP95Ms < 1_000 && originCopies <= 1.3 && silent === 0
);
console.log(met ? "met" : "MISSED");
Deno.exit(met ? 0 : 1);
