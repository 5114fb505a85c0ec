/**
 * What takes long: soaks, large simulations, hours of fuzzing. Every program in
 * `tests/long/` runs to its end and prints its figures.
 *
 *     deno task long                 all of them
 *     deno task long soak ARGS…      tests/long/soak.ts with arguments
 *
 * @module
 */

import { systemClock } from "../lib/clock.ts";
import { forward } from "./forward.ts";
import { importMapFlags } from "./import_map.ts";
import { ROOT } from "./paths.ts";

/** What memory is held can be told only after collecting. */
const V8_FLAGS = "--expose-gc";

/**
 * What is under way among thousands of simulated listeners outlives a small young
 * generation and is copied: a fifth of the time. Ten thousand fill 6 GB.
 */
const SIMULATION = /^swarm_(hour|table|crowd|growth)$/;
const SIMULATION_FLAGS = [
  "--min-semi-space-size=64",
  "--max-semi-space-size=128",
  "--max-old-space-size=16000",
];

const FOLDER = `${ROOT}/tests/long`;

async function programs(): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(FOLDER)) {
      if (name.endsWith(".ts")) names.push(name.replace(/\.ts$/, ""));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

async function run(name: string, args: string[]): Promise<number> {
  const startMs = systemClock.monotonic();
  const flags = await importMapFlags();
  const more = SIMULATION.test(name) ? SIMULATION_FLAGS : [];
  const file = `${FOLDER}/${name}.ts`;
  const code = await forward([
    "run",
    "-q",
    "-A",
    `--v8-flags=${[V8_FLAGS, ...more].join(",")}`,
    ...flags,
    file,
    ...args,
  ]);
  const seconds = ((systemClock.monotonic() - startMs) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  return code;
}

async function main([chosen, ...args]: string[]): Promise<number> {
  const names = chosen === undefined ? await programs() : [chosen];
  let worst = 0;
  for (const name of names) worst = Math.max(worst, await run(name, args));
  return worst;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
