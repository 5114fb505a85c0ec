/**
 * Runs whole command lines of `check` and `broadcast` as a process would, on a
 * clock of the test's.
 *
 * @module
 */
import { type Process, runProgram } from "../../lib/cli/program.ts";
import { FakeClock } from "../support/fakeclock.ts";

/** What a command line said and how it ended. */
export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** The evening on which these tests take place. */
export const EVENING_MS = Date.UTC(2026, 10, 22, 20);

/** Runs a command line. */
export async function run(
  args: string[],
  more: Partial<Process> = {},
): Promise<Outcome> {
  const outcome: Outcome = { code: 0, out: "", err: "" };
  outcome.code = await runProgram({
    args,
    version: "0.0.0",
    env: () => undefined,
    readText: () => Promise.resolve(""),
    writeOut: (text) => void (outcome.out += text),
    writeErr: (text) => void (outcome.err += text),
    columns: () => undefined,
    signal: new AbortController().signal,
    clock: new FakeClock(EVENING_MS),
    random: () => 0.5,
    ...more,
  });
  return outcome;
}
