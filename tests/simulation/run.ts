/**
 * One run of one scenario, with what it took.
 *
 * @module
 */
import process from "node:process";
import { type Report, report } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { Station } from "./station.ts";

/** A run's figures and cost. */
export interface Run extends Report {
  /** Processor time of the whole run. */
  cpuSeconds: number;
  /** The same per listener and second simulated: engine and network model. */
  cpuMsPerPeerSecond: number;
}

/** Runs a scenario to its end. */
export function simulate(scenario: Scenario, seed: number): Run {
  const station = new Station(scenario, seed);
  const before = cpuMs();
  station.run();
  const tookMs = cpuMs() - before;
  const peerSeconds = scenario.listeners * scenario.seconds;
  return {
    ...report(station, scenario),
    cpuSeconds: tookMs / 1000,
    cpuMsPerPeerSecond: tookMs / peerSeconds,
  };
}

/** Processor time of this process so far, in ms: the machine may have other work. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
