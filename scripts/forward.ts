/**
 * Runs one child in this process's place: its streams are ours, the signals we
 * get reach it once each, and its exit code is ours.
 *
 * A Ctrl-C arrives here twice, from the terminal and from `deno task`, which
 * passes it on as well. A program that ends gently on the first signal and at
 * once on the second would never end gently. So the child gets a process group
 * of its own, which the terminal does not reach, and a burst of signals is
 * passed on as one.
 *
 * @module
 */

import { systemClock } from "../lib/clock.ts";

/** Signals closer than this are one keypress; people are slower. */
const BURST_MS = 150;

/**
 * Runs `deno` with `args` and resolves to its exit code.
 *
 * @param cwd the child's working folder; default this process's
 */
export async function forward(args: string[], cwd?: string): Promise<number> {
  const windows = Deno.build.os === "windows";
  const child = new Deno.Command(Deno.execPath(), {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    detached: !windows, // there, a group of its own would not get Ctrl-C
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const signals: Deno.Signal[] = windows
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, windows ? () => {} : once(child, signal));
  }
  return (await child.status).code;
}

function once(child: Deno.ChildProcess, signal: Deno.Signal): () => void {
  let lastMs = -Infinity;
  return () => {
    const nowMs = systemClock.monotonic();
    const burst = nowMs - lastMs < BURST_MS;
    lastMs = nowMs;
    if (burst) return;
    try {
      child.kill(signal);
    } catch {
      // It has just ended; its exit code is on the way.
    }
  };
}
