/**
 * The build: what it makes here, compiled or bundled, runs by itself.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "../../scripts/paths.ts";
import { run } from "../support/processes.ts";

Deno.test("the built program runs from an empty folder", async () => {
  const { code, stdout, stderr } = await run(
    Deno.execPath(),
    ["run", "-q", "-A", "scripts/build.ts"],
    { cwd: ROOT, timeoutMs: 300_000 },
  );
  assertEquals(code, 0, stdout + stderr);
  assertStringIncludes(stdout, "It runs from an empty folder: --version");
});
