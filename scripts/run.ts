/**
 * What the tasks of `deno.json` go through: adds the import map that works on
 * this network and becomes `deno`.
 *
 *     run.ts alluvium listen URL    the program, with that command's permissions
 *     run.ts check main.ts lib      any subcommand of deno
 *
 * It loads no package and starts no task, so that the program is on its way a
 * few hundredths of a second after Enter.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { forward } from "./forward.ts";
import { importMapFlags } from "./import_map.ts";
import { fromFileUrl } from "./paths.ts";

const MAIN = fromFileUrl("../main.ts", import.meta.url);

/** Permission sets of the house's own tools; no command of the program. */
const TOOL_SETS = ["bench", "launch", "program", "simulate", "test", "tools"];

/**
 * For commands that send streams: V8 lets the youngest objects take 48 MiB once a
 * crowd has come, and keeps them. With 5,000 listeners a quarter of the memory
 * was that, and the work is the same without.
 */
export const STREAM_FLAGS: readonly string[] = [
  "--v8-flags=--max-semi-space-size=4",
];

const STREAM_SETS = ["listen", "relay", "start"];

/** The name in `deno.json` of the permissions a command line needs. */
export function permissionSet(args: readonly string[]): string {
  const [word = ""] = args;
  const known = Object.hasOwn(config.permissions, word);
  if (known && !TOOL_SETS.includes(word)) return word;
  // An address alone means `listen ADDRESS`, as in lib/cli.
  return /^[^-].*[/.:]/.test(word) ? "listen" : "start";
}

async function main([subcommand, ...args]: string[]): Promise<number> {
  const flags = await importMapFlags();
  if (subcommand !== "alluvium") {
    return await forward([subcommand!, ...flags, ...args]);
  }
  const set = permissionSet(args);
  // A task runs in the checkout; what people type is relative to their folder.
  const cwd = Deno.env.get("INIT_CWD");
  return await forward([
    "run",
    "-q",
    "--no-prompt",
    `-P=${set}`,
    ...STREAM_SETS.includes(set) ? STREAM_FLAGS : [],
    ...flags,
    MAIN,
    ...args,
  ], cwd);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
