/**
 * Locks the npm versions of `scripts/npm/import_map.json` anew, after a change
 * of imports. The JSR versions have no lock: where JSR is out of reach their
 * hashes cannot be made, so they are pinned exactly in `deno.json`.
 *
 * @module
 */

import map from "./npm/import_map.json" with { type: "json" };
import { npmFlags } from "./import_map.ts";
import { ROOT } from "./paths.ts";

const flags = npmFlags().filter((flag) => flag !== "--frozen");
await Deno.remove(`${ROOT}/scripts/npm/deno.lock`).catch(() => {});
// Named one by one, so that what is not imported yet is locked as well.
const packages = Object.values(map.imports)
  .filter((target) => target.startsWith("npm:") && !target.endsWith("/"));
const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["cache", ...flags, "--frozen=false"],
    ...["main.ts", "lib", "tests", "scripts"],
    ...packages,
  ],
  cwd: ROOT,
}).spawn().status;
Deno.exit(code);
