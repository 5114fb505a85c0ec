/**
 * `deno task simulate -- SCENARIO [--seed N] [--seeds COUNT] [--NAME VALUE]…`:
 * runs a scenario of `scenario.ts` and prints what came of it. Any number of the
 * scenario may be set: `--listeners 100 --originRate 20e6`.
 *
 * @module
 */
import { tableOf } from "./report.ts";
import { simulate } from "./run.ts";
import { type Scenario, SCENARIOS } from "./scenario.ts";

function main(args: string[]): number {
  const [name = "", ...rest] = args.filter((arg) => arg !== "--");
  const scenario = SCENARIOS[name];
  if (scenario === undefined) {
    console.error(
      `Usage: simulate SCENARIO [--seed N] [--NAME VALUE]…\nScenarios: ${
        Object.keys(SCENARIOS).join(", ")
      }`,
    );
    return 2;
  }
  const { seed = 1, seeds = 1, ...changes } = optionsOf(rest);
  const changed = { ...scenario, ...changes } as Scenario;
  const runs = Array.from(
    { length: Number(seeds) },
    (_, i) => simulate(changed, Number(seed) + i),
  );
  console.log(`seed               ${seed}, ${runs.length} runs`);
  console.log(tableOf(runs[0]!, ...runs.slice(1)));
  return 0;
}

/** `--name value` pairs; numbers, `true` and `false` as such. */
function optionsOf(args: string[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (let i = 0; i < args.length; i += 2) {
    const text = args[i + 1] ?? "true";
    const number = Number(text);
    options[(args[i] ?? "").replace(/^--/, "")] = Number.isNaN(number)
      ? JSON.parse(text)
      : number;
  }
  return options;
}

if (import.meta.main) Deno.exit(main(Deno.args));
