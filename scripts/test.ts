/**
 * All tests: `deno task test`, or `deno task test PATH_OR_FLAG…` for some.
 *
 * Two runs: what only computes goes in parallel; what starts other programs
 * and measures time goes one file after the other. The last line printed is
 * `N passed, N failed, N skipped`.
 *
 * @module
 */

import { captureDeno } from "./capture.ts";
import { addCounts, type Counts, countsLine, readCounts } from "./counts.ts";
import { importMapFlags } from "./import_map.ts";
import { ROOT } from "./paths.ts";

/** Tests with real programs and real time; they may do anything. */
const PROGRAM_FOLDERS = ["tests/interop", "tests/browser"];
/** Not tests of the gate: see scripts/long.ts and `deno task bench`. */
const OTHER_FOLDERS = ["tests/long", "tests/bench"];

/** The argument lists of the runs. */
function runs(chosen: readonly string[]): string[][] {
  if (chosen.length > 0) return [["-A", ...chosen]];
  const ignore = [...PROGRAM_FOLDERS, ...OTHER_FOLDERS].join(",");
  const programs = PROGRAM_FOLDERS.filter(exists);
  return [
    ["-P=test", "-q", "--parallel", `--ignore=${ignore}`, "tests"],
    ...(programs.length > 0 ? [["-A", ...programs]] : []),
  ];
}

function exists(folder: string): boolean {
  try {
    return [...Deno.readDirSync(`${ROOT}/${folder}`)].length > 0;
  } catch {
    return false;
  }
}

async function test(args: string[], flags: string[]): Promise<Counts> {
  const { code, text } = await captureDeno(["test", ...flags, ...args], {
    cwd: ROOT,
    show: true,
  });
  return readCounts(text, code);
}

if (import.meta.main) {
  const flags = await importMapFlags();
  const all: Counts[] = [];
  for (const args of runs(Deno.args)) all.push(await test(args, flags));
  const sum = addCounts(all);
  console.log(countsLine(sum));
  Deno.exit(sum.failed > 0 ? 1 : 0);
}
