/**
 * The demo as a person runs it: on the air within seconds, three streams, one
 * copy from the station, nothing left behind.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { startAlluvium } from "../support/alluvium.ts";

/** Milliseconds from Enter to the last stream, as promised. */
const ON_AIR_MS_MAX = 5_000;

/** Bytes of audio that prove a stream: more than the silence of a second. */
const AUDIO_BYTES = 32 * 1024;

/** Reads the beginning of a stream. */
async function beginningOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  assertEquals(response.headers.get("content-type"), "audio/mpeg");
  const bytes: number[] = [];
  for await (const chunk of response.body!) {
    bytes.push(...chunk);
    if (bytes.length > AUDIO_BYTES) break;
  }
  return new Uint8Array(bytes);
}

async function demoFolders(): Promise<string[]> {
  const tmp = Deno.env.get("TMPDIR") ?? "/tmp";
  const names: string[] = [];
  for await (const { name } of Deno.readDir(tmp)) {
    if (name.startsWith("alluvium-demo-")) names.push(name);
  }
  return names.sort();
}

Deno.test("the demo is on the air within five seconds, with three streams that it shares", async () => {
  const before = await demoFolders();
  const startedMs = systemClock.monotonic();
  await using demo = await startAlluvium("demo", "--json");
  const [first] = await demo.waitFor(/^\{"event":"demo".*$/m, 20_000);
  const { streams, pages } = JSON.parse(first!);
  assertEquals(streams.length, 3);
  await Promise.all(streams.map(async (url: string) => {
    const bytes = await beginningOf(url);
    assert(new Set(bytes).size > 100, `${url} is silent`);
  }));
  const tookMs = systemClock.monotonic() - startedMs;
  assert(tookMs < ON_AIR_MS_MAX, `on the air after ${Math.round(tookMs)} ms`);
  const statuses = await Promise.all(
    pages.map(async (url: string) => (await fetch(`${url}api/status`)).json()),
  );
  const fromPeers = statuses.map(({ swarm }) => swarm.bytesFromPeers);
  assert(fromPeers.some((bytes) => bytes > 0), `from peers: ${fromPeers}`);
  const { code } = await demo.end("SIGINT");
  assertEquals(code, 130);
  assertEquals(await demoFolders(), before);
});
