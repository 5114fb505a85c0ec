/**
 * The program's entry: hands the process's words, environment, streams and
 * signals to the command line, and ends with its exit code. Everything else is
 * in `lib/cli/`.
 *
 * Run without installing: `deno run -A jsr:@alluvium/client demo`.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import { denoProcess } from "./lib/cli/process.ts";
import { runProgram } from "./lib/cli/program.ts";

if (import.meta.main) {
  Deno.exit(await runProgram(denoProcess(config.version)));
}
