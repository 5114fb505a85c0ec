/**
 * A short day on the air in a process of its own, where memory is collected
 * before it is measured: `tests/long/station_day.ts` does whole ones.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { importMapFlags } from "../../scripts/import_map.ts";
import { ROOT } from "../../scripts/paths.ts";
import { run } from "../support/processes.ts";

Deno.test("half a simulated hour of short items, and of one, leaves nothing behind", async () => {
  const { code, stdout, stderr } = await run(Deno.execPath(), [
    ...["run", "-q", "-A", "--v8-flags=--expose-gc", ...await importMapFlags()],
    ...["tests/long/station_day.ts", "0.5", "mp3"],
  ], { cwd: ROOT });
  assertEquals(code, 0, stdout + stderr);
});
