/**
 * Reads a playlist of 100,000 items, five times, each time by a process of its
 * own, as a listener does; beside it, what the XML parser alone takes:
 *
 *     deno task long playlist_year
 *
 * Seconds of CPU are what to compare on a machine that has other work.
 *
 * @module
 */
import { parseXmlStreamFromBytes } from "@std/xml";
import process from "node:process";
import { parsePlaylist, writePlaylist } from "../../lib/playlist/mod.ts";
import { systemClock } from "../../lib/clock.ts";
import { importMapFlags } from "../../scripts/import_map.ts";
import { yearPlaylist } from "../playlist/year.ts";

const RUNS = 5;

/** Seconds of CPU of this process so far, all its threads. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Most memory this process has held, in MB (Linux). */
function peakMb(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1000;
}

async function read(how: string, path: string): Promise<void> {
  const bytes = (await Deno.open(path)).readable;
  const [cpu, ms] = [cpuSeconds(), systemClock.monotonic()];
  if (how === "parsePlaylist") {
    await parsePlaylist(bytes, "https://radio.example/playlist.rss");
  } else {
    await parseXmlStreamFromBytes(
      bytes,
      { onStartElement() {}, onEndElement() {}, onText() {} },
      { trackPosition: true, coerceCDataToText: true },
    );
  }
  const wall = (systemClock.monotonic() - ms) / 1000;
  console.log(
    `${how.padEnd(14)} ${wall.toFixed(2)} s, ${
      (cpuSeconds() - cpu).toFixed(2)
    } s of CPU, ${Math.round(peakMb())} MB at most`,
  );
}

async function main(): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".rss" });
  try {
    await Deno.writeTextFile(path, writePlaylist(yearPlaylist("scheduled")));
    const self = new URL(import.meta.url).pathname;
    const flags = await importMapFlags();
    for (let run = 0; run < RUNS; run++) {
      for (const how of ["XML alone", "parsePlaylist"]) {
        const args = ["run", "-q", "-A", ...flags, self, how, path];
        await new Deno.Command(Deno.execPath(), { args }).spawn().status;
      }
    }
  } finally {
    await Deno.remove(path);
  }
}

const [how, path] = Deno.args;
if (how !== undefined && path !== undefined) await read(how, path);
else await main();
