/**
 * Each rule of the house: what it reports, and what it leaves alone.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import plugin from "../../scripts/lint_plugin.ts";

/** The rules that speak, in order, for a file of that name. */
function lint(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source)
    .map(({ id }) => id.replace("house/", ""));
}

const PURE = "lib/swarm/engine.ts";
const SHELL = "lib/peer/link.ts";

Deno.test("pure modules have no Deno, chance, network or machine clock", () => {
  const reported = [
    "Deno.readFile('x');",
    "crypto.getRandomValues(new Uint8Array(1));",
    "const id = crypto.randomUUID();",
    "await fetch('http://x/');",
    "import { connect } from 'node:net';",
    "import { systemClock } from '../clock.ts';",
  ];
  for (const source of reported) {
    assertEquals(lint(PURE, source), ["pure-modules"], source);
    assertEquals(lint(SHELL, source), [], source);
  }
  const allowed = [
    "import { createHash } from 'node:crypto';",
    "import type { Socket } from 'node:net';",
    "import type { Clock } from '../clock.ts';",
    "const digest = await crypto.subtle.digest('SHA-256', bytes);",
    "this.fetch(leaf);",
  ];
  for (const source of allowed) assertEquals(lint(PURE, source), [], source);
});

Deno.test("the playlist's fetching shell is no pure module", () => {
  const source = "await fetch('http://x/');";
  assertEquals(lint("lib/playlist/parse.ts", source), ["pure-modules"]);
  assertEquals(lint("lib/playlist/fetch.ts", source), []);
});

Deno.test("only lib/clock.ts reads the clock and sets timers", () => {
  const reported = [
    "const t = Date.now();",
    "const t = performance.now();",
    "const t = new Date();",
    "setTimeout(() => {}, 1);",
    "setInterval(f, 1);",
  ];
  for (const source of reported) {
    assertEquals(lint(PURE, source), ["one-clock"], source);
    assertEquals(lint(SHELL, source), ["one-clock"], source);
    assertEquals(lint("lib/clock.ts", source), [], source);
    assertEquals(lint("tests/peer/link_test.ts", source), [], source);
  }
  const allowed = ["new Date(now);", "Date.UTC(2026, 0);", "s.setTimeout(0);"];
  for (const source of allowed) assertEquals(lint(PURE, source), [], source);
});

Deno.test("the page's scripts run in a browser, under its rules", () => {
  const source = "setTimeout(() => console.log(Date.now()), 1);";
  assertEquals(lint("lib/player/page/page.js", source), []);
});

Deno.test("chance comes from one file", () => {
  assertEquals(lint(SHELL, "const x = Math.random();"), ["one-chance"]);
  assertEquals(lint("lib/cli/program.ts", "const x = Math.random();"), []);
  assertEquals(lint(SHELL, "const x = Math.floor(1);"), []);
});

Deno.test("lib/ does not print and throws errors with codes", () => {
  assertEquals(lint(SHELL, "console.log(1);"), ["no-console"]);
  assertEquals(lint("scripts/ok.ts", "console.log(1);"), []);
  assertEquals(lint(SHELL, "throw new Error('x');"), ["errors-have-codes"]);
  assertEquals(lint(SHELL, "throw new RangeError('x');"), []);
  const wrapped = "try { throw new Error('x'); } catch (e) { tell(e); }";
  assertEquals(lint(SHELL, wrapped), []);
  const rethrown = "try { f(); } catch { throw new Error('x'); }";
  assertEquals(lint(SHELL, rethrown), ["errors-have-codes"]);
});

Deno.test("numbers of time say their unit", () => {
  const reported = [
    "const timeout = 5;",
    "const RETRY_INTERVAL = 60 * 1000;",
    "interface A { maxAge: number }",
    "class A { delay = 1; }",
    "class A { duration?: number | undefined; }",
    "function f(delay: number) {}",
  ];
  for (const source of reported) {
    assertEquals(lint(SHELL, source), ["units-in-names"], source);
  }
  const allowed = [
    "const timeoutMs = 5;",
    "const image = 5;",
    "const stage: number = 5;",
    "const delay = sleep(5);",
    "const timeout: AbortSignal = s;",
    "interface A { durationSeconds: number; pages: number }",
    "const { duration } = format;",
  ];
  for (const source of allowed) assertEquals(lint(SHELL, source), [], source);
});

Deno.test("limits are constants with a reason and a unit", () => {
  const file = "lib/limits.ts";
  const good = "/** A year of items. */\nexport const ITEMS_MAX = 5;";
  assertEquals(lint(file, good), []);
  const rule = ["limits-have-reasons"];
  assertEquals(lint(file, "export const ITEMS_MAX = 5;"), rule);
  assertEquals(lint(file, "/** Why. */\nexport const itemsMax = 5;"), rule);
  assertEquals(lint(file, "/** Why. */\nexport const HEAD_SIZE = 5;"), rule);
});
