/**
 * `deno task simulate -- SCENARIO [--seed N] [--seeds COUNT] [--NAME VALUE]…`:
 * runs a scenario of `scenario.ts` and prints what came of it. Any number of the
 * scenario may be set: `--listeners 100 --originRate 20e6`.
 *
 * @module
 */
import { report, tableOf } from "./report.ts";
import { type Scenario, SCENARIOS } from "./scenario.ts";
import { Station } from "./station.ts";

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
  const options = optionsOf(rest);
  const { seed = 1, seeds = 1, ...changes } = options;
  const changed = { ...scenario, ...changes } as Scenario;
  for (let i = 0; i < Number(seeds); i++) simulate(changed, Number(seed) + i);
  return 0;
}

function simulate(scenario: Scenario, seed: number): void {
  console.log(`seed               ${seed}`);
  const station = new Station(scenario, seed);
  const startMs = performance.now();
  station.run();
  const tookMs = performance.now() - startMs;
  const peerSeconds = scenario.listeners * scenario.seconds;
  console.log(tableOf(report(station, scenario)));
  console.log(tableOf({
    realSeconds: tookMs / 1000,
    cpuMsPerPeerSecond: tookMs / peerSeconds,
  }));
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
