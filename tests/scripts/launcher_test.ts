/**
 * The launcher of the tasks: permissions by command, import maps, signals and
 * exit codes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { COMMANDS } from "../../lib/cli/commands.ts";
import { systemClock } from "../../lib/clock.ts";
import { importMapFlags, npmFlags } from "../../scripts/import_map.ts";
import { ROOT } from "../../scripts/paths.ts";
import { permissionSet } from "../../scripts/run.ts";
import { start } from "../support/processes.ts";
import { tempFolder } from "../support/temp.ts";

const posix = Deno.build.os !== "windows";

Deno.test("every command has permissions of its own", () => {
  const sets = Object.keys(config.permissions);
  const without = Object.keys(COMMANDS).filter((name) => !sets.includes(name));
  assertEquals(without, []);
});

Deno.test("a command line gets its command's permissions", () => {
  const expected: [string[], string][] = [
    [["hash", "a.mp3"], "hash"],
    [["gateway"], "gateway"],
    [["https://radio.example/playlist.rss"], "listen"],
    [["./playlist.rss"], "listen"],
    [[], "start"],
    [["--help"], "start"],
    [["nonsense"], "start"],
    [["tools"], "start"],
    [["toString"], "start"],
  ];
  for (const [args, set] of expected) {
    assertEquals(permissionSet(args), set, args.join(" "));
  }
});

Deno.test("a chosen import map is taken without asking the network", async () => {
  assertEquals(await importMapFlags(`${ROOT}/deno.json`), []);
  const npm = await importMapFlags(`${ROOT}/scripts/npm/import_map.json`);
  assertEquals(npm, npmFlags());
  const own = await importMapFlags("/tmp/own.json");
  assertEquals(own, ["--import-map", "/tmp/own.json", "--no-lock"]);
});

/** Starts a program through the launcher. */
async function launch(source: string) {
  const folder = await tempFolder();
  const file = await folder.write("child.ts", source);
  const child = start(Deno.execPath(), [
    ...["run", "-q", "-A", `${ROOT}/scripts/run.ts`],
    ...["run", "-q", "-A", file],
  ], { env: { ALLUVIUM_IMPORT_MAP: `${ROOT}/deno.json` } });
  return {
    child,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("the launcher ends as its child ends", async () => {
  await using launched = await launch("console.log('out'); Deno.exit(7);");
  const { code } = await launched.child.ended;
  assertEquals([code, launched.child.stdout], [7, "out\n"]);
});

const GENTLE = `
let count = 0;
Deno.addSignalListener("SIGINT", () => {
  console.log("signal", ++count);
  if (count === 1) setTimeout(() => Deno.exit(130), 400);
});
console.log("ready", Deno.pid);
setInterval(() => {}, 1000);
`;

Deno.test({
  name: "a Ctrl-C that arrives twice reaches the child once",
  ignore: !posix,
  fn: async () => {
    await using launched = await launch(GENTLE);
    await launched.child.waitFor(/ready/);
    launched.child.kill("SIGINT");
    await systemClock.sleep(30);
    launched.child.kill("SIGINT");
    assertEquals((await launched.child.ended).code, 130);
    assertEquals(launched.child.stdout.match(/signal/g)?.length, 1);
  },
});

Deno.test({
  name: "a second Ctrl-C reaches the child too",
  ignore: !posix,
  fn: async () => {
    await using launched = await launch(GENTLE);
    await launched.child.waitFor(/ready/);
    launched.child.kill("SIGINT");
    await systemClock.sleep(200);
    launched.child.kill("SIGINT");
    await launched.child.waitFor(/signal 2/);
    assertEquals((await launched.child.ended).code, 130);
  },
});

Deno.test({
  name: "a launcher that is asked to end takes its child with it",
  ignore: !posix,
  fn: async () => {
    await using launched = await launch(
      "console.log('ready', Deno.pid); setInterval(() => {}, 1000);",
    );
    const [, pid] = await launched.child.waitFor(/ready (\d+)/);
    assertEquals((await launched.child.end("SIGTERM")).code, 143);
    let alive = true;
    try {
      Deno.kill(Number(pid), "SIGCONT");
    } catch {
      alive = false;
    }
    assertEquals(alive, false);
  },
});
