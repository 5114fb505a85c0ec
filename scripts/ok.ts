/**
 * The gate: everything CI runs, in the order of what fails fastest. A step
 * prints one line with its time, and its output only if it fails. The last
 * line is that of the tests: `N passed, N failed, N skipped`.
 *
 * @module
 */

import { systemClock } from "../lib/clock.ts";
import { type Captured, captureDeno } from "./capture.ts";
import { countsLine } from "./counts.ts";
import { docLint } from "./doc_lint.ts";
import { importMapFlags, packageSource } from "./import_map.ts";
import { ROOT } from "./paths.ts";
import { stage } from "./stage.ts";

interface Step {
  name: string;
  run(): Promise<Captured>;
}

/** A step that is one call of deno. */
function deno(name: string, args: string[], cwd = ROOT): Step {
  return { name, run: () => captureDeno(args, { cwd }) };
}

function steps(flags: string[]): Step[] {
  return [
    deno("format", ["fmt", "--check"]),
    deno("lint", ["lint"]),
    deno("types", ["task", "-q", "check"]),
    { name: "documentation", run: () => docLint(flags) },
    deno("examples", ["test", "-q", "--doc", "-P=test", ...flags, "lib"]),
    { name: "publish (dry run)", run: publish },
  ];
}

async function publish(): Promise<Captured> {
  const folder = await stage(await packageSource());
  try {
    return await captureDeno(["publish", "--dry-run", "--allow-dirty"], {
      cwd: folder,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A step that could not run has failed. */
function broken(error: unknown): Captured {
  return { code: 1, text: error instanceof Error ? error.message : `${error}` };
}

/** Runs a step and says how it went. */
async function report({ name, run }: Step): Promise<Captured> {
  const startMs = systemClock.monotonic();
  const captured = await run().catch(broken);
  const seconds = ((systemClock.monotonic() - startMs) / 1000).toFixed(1);
  const passed = captured.code === 0;
  console.log(`${passed ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (!passed) console.log(captured.text.trimEnd());
  return captured;
}

async function main(): Promise<number> {
  let failures = 0;
  for (const step of steps(await importMapFlags())) {
    if ((await report(step)).code !== 0) failures++;
  }
  // The same command that the README gives for the tests.
  const tests = await report(deno("tests", ["task", "-q", "test"]));
  const line = tests.text.trimEnd().split("\n").at(-1) ?? "";
  if (failures > 0) console.log(`${failures} steps before the tests failed`);
  console.log(
    line.includes(" passed, ")
      ? line
      : countsLine({ passed: 0, failed: 1, skipped: 0 }),
  );
  return failures === 0 && tests.code === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
