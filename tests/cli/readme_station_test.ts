/**
 * "Start a station in five minutes" of the README, line by line.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { demoFile } from "../broadcaster/folders.ts";
import { settle } from "../support/fakeclock.ts";
import { type TempFolder, tempFolder } from "../support/temp.ts";
import { run } from "./playlist_commands.ts";

const README = new URL("../../README.md", import.meta.url);

/** The section's commands, as words. */
async function commands(): Promise<string[][]> {
  const text = await Deno.readTextFile(README);
  const [, section = ""] =
    /## Start a station in five minutes\n([\s\S]*?)\n## /.exec(text) ?? [];
  return section.split("\n").map((line) => line.trim())
    .filter((line) => line.startsWith("alluvium "))
    .map((line) =>
      [...line.matchAll(/"([^"]*)"|(\S+)/g)].slice(1)
        .map(([, quoted, bare]) => quoted ?? bare!)
    );
}

async function radio(): Promise<TempFolder> {
  const folder = await tempFolder();
  const mp3 = await demoFile("station_ident.mp3");
  await folder.write("radio/music/a.mp3", mp3);
  await folder.write("radio/evening.m3u", "music/a.mp3\n");
  return folder;
}

/** A command that goes on: waits for an address of its own in what it says. */
async function background(args: string[], folder: TempFolder, other = "") {
  const end = new AbortController();
  let said = "";
  const env: Record<string, string> = {
    ALLUVIUM_PORT: "0",
    ALLUVIUM_SWARM_PORT: "0",
    ALLUVIUM_CACHE: folder.file("cache"),
    ALLUVIUM_HOST: "127.0.0.1",
    ALLUVIUM_NO_LAN: "true",
    ALLUVIUM_NO_PORT_MAP: "true",
  };
  const outcome = run(args, {
    signal: end.signal,
    clock: systemClock,
    env: (name) => env[name],
    writeOut: (text) => void (said += text),
    writeErr: (text) => void (said += text),
  });
  const url = () =>
    said.match(/http:\/\/[^\s/]+\//g)?.find((address) => address !== other);
  for (let i = 0; i < 100_000 && url() === undefined; i++) await settle();
  assert(url() !== undefined, `${args[0]} says nothing: ${said}`);
  return {
    url: url()!,
    async end() {
      end.abort();
      assertEquals((await outcome).code, 130, said);
    },
  };
}

Deno.test("every command of 'Start a station in five minutes' works", async () => {
  await using folder = await radio();
  const inside = (word: string) =>
    word.startsWith("radio") ? folder.file(word) : word;
  const running: { url: string; end(): Promise<void> }[] = [];
  const seen: string[] = [];
  for (const words of await commands()) {
    const [name] = words;
    seen.push(name!);
    const args = words.map(inside);
    if (name === "serve") running.push(await background(args, folder));
    else if (name === "listen") {
      const url = args[1]!.replace(/^http:\/\/[^/]+\//, running[0]!.url);
      const listening = await background(
        ["listen", url],
        folder,
        running[0]!.url,
      );
      const status = await fetch(new URL("api/status", listening.url));
      assertStringIncludes(await status.text(), "My station");
      running.push(listening);
    } else {
      const { code, out, err } = await run(args);
      assertEquals(code, 0, err);
      if (name === "check") assertStringIncludes(out, "My station");
    }
  }
  for (const one of running.reverse()) await one.end();
  assertEquals([...new Set(seen)], ["broadcast", "check", "serve", "listen"]);
});
