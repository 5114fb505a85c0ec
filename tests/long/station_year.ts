/**
 * Years of the town's radio, one line each:
 *
 *     deno task long station_year            five seeds
 *     deno task long station_year SEED…      these
 *
 * @module
 */
import { Year } from "../planner/year.ts";

const seeds = Deno.args.length > 0 ? Deno.args : ["1", "2", "3", "4", "5"];
for (const seed of seeds) {
  const line = new Year(seed).line();
  console.log(`seed ${seed}: ${line}`);
  if (!/ 0 gaps, 0 rules broken/.test(line)) Deno.exit(1);
}
