import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { MountFeed } from "../../lib/tuner/mount_feed.ts";
import { Tuner } from "../../lib/tuner/tuner.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { demoOpener } from "./memory_opener.ts";

const URL_OF_PLAYLIST = "http://station.test/playlist.rss";
const START_MS = Date.UTC(2026, 0, 1, 12);

/** A rotation of the bundled media, whatever their durations. */
function playlist(title: string, items: string): string {
  return `<?xml version="1.0"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:mm="http://musicbrainz.org/mm/mm-2.0#"
  xmlns:ev="http://purl.org/rss/1.0/modules/event/">
<channel rdf:about="${URL_OF_PLAYLIST}"><title>${title}</title>
<link>http://station.test/</link></channel>
${items}</rdf:RDF>`;
}

function item(name: string, durationMs: number, startMs = START_MS): string {
  return `<item rdf:about="${name}"><title>${name}</title>
<link>${name}</link><ev:startdate>${
    new Date(startMs).toISOString()
  }</ev:startdate>
<mm:duration>${durationMs}</mm:duration></item>`;
}

/** A web server in memory: the playlist that is there now. */
class FakeWeb {
  document: string | undefined;
  asked = 0;

  fetch = (): Promise<Response> => {
    this.asked++;
    return Promise.resolve(
      this.document === undefined
        ? new Response("gone", { status: 500 })
        : new Response(this.document),
    );
  };
}

async function station(document: string) {
  const clock = new FakeClock(START_MS);
  const web = new FakeWeb();
  const opener = await demoOpener("http://station.test/");
  const chunks: MountChunk[] = [];
  const said: string[] = [];
  web.document = document;
  const open = () =>
    Tuner.open({
      url: URL_OF_PLAYLIST,
      opener,
      clock,
      random: () => 0.5,
      log: (level, message) => void said.push(`${level}: ${message}`),
      offsetMs: () => 0,
      fetch: web.fetch as typeof fetch,
    });
  const start = (tuner: Tuner) =>
    tuner.start(({ codec }, _number, startMs) => {
      const writer = createMountWriter(codec);
      const write = (chunk: MountChunk) => void chunks.push(chunk);
      return new MountFeed("/stream.mp3", writer, { write }, startMs);
    });
  /** Lets what is read at once be read, then time pass. */
  const pass = async (ms: number) => {
    for (let i = 0; i < 50; i++) await settle();
    await clock.advance(ms);
  };
  const playedMs = () => chunks.reduce((sum, c) => sum + c.durationMs, 0);
  const titles = () => chunks.flatMap(({ title }) => title ?? []);
  return { clock, web, open, start, pass, said, playedMs, titles };
}

Deno.test("a tuned station plays its media at the pace of the clock", async () => {
  const { open, start, pass, playedMs, titles, said } = await station(
    playlist("Delta", item("morning_delta.mp3", 32_000)),
  );
  const tuner = await open();
  start(tuner);
  await pass(3000);
  const { onAir, title } = tuner.status;
  await tuner.close();
  assertEquals(title, "Delta");
  assert(onAir.slot.kind === "item");
  assertEquals(titles(), ["morning_delta.mp3"]);
  // Two seconds of lead, and what has passed.
  assert(Math.abs(playedMs() - 5000) < 100, `${playedMs()} ms`);
  assertEquals(said, []);
});

Deno.test("a playlist that cannot be read at first is the caller's to know", async () => {
  const { open, web } = await station("");
  await assertRejects(open, AlluviumError);
  web.document = undefined;
  const error = await assertRejects(open, AlluviumError);
  assertEquals(error.code, "playlist-unreachable");
});

Deno.test("a dead playlist server is said once, and the station plays on", async () => {
  const { open, start, pass, web, said, playedMs } = await station(
    playlist("Delta", item("morning_delta.mp3", 3_600_000)),
  );
  const tuner = await open();
  start(tuner);
  const { document } = web;
  web.document = undefined;
  await pass(20 * 60_000);
  assert(web.asked > 2);
  assertEquals(said.filter((line) => line.startsWith("warn")).length, 1);
  assert(said[0]?.includes("the last good playlist stays"), said[0]);
  assert(tuner.status.playlistTrouble?.includes(URL_OF_PLAYLIST));
  web.document = document;
  await pass(16 * 60_000);
  assertEquals(said.at(-1), "info: The playlist can be read again");
  assertEquals(tuner.status.playlistTrouble, undefined);
  await tuner.close();
  assert(Math.abs(playedMs() - 36 * 60_000 - 2000) < 150, `${playedMs()} ms`);
});

Deno.test("a new playlist is played as soon as it is read", async () => {
  const { open, start, pass, web, titles } = await station(
    playlist("Delta", item("morning_delta.mp3", 32_000)),
  );
  const tuner = await open();
  start(tuner);
  await pass(1000);
  web.document = playlist(
    "Delta",
    item("silt_and_light.mp3", 3_600_000, START_MS + 300_000),
  );
  await pass(310_000);
  await tuner.close();
  assertEquals(titles(), ["morning_delta.mp3", "Delta", "silt_and_light.mp3"]);
});

Deno.test("an item that cannot be had is said once, naming its address", async () => {
  const { open, start, pass, said } = await station(
    playlist("Delta", item("missing.mp3", 32_000)),
  );
  const tuner = await open();
  start(tuner);
  await pass(10_000);
  await tuner.close();
  assertEquals(said, [
    "warn: http://station.test/missing.mp3: Got 404; it is tried again, and heard from where it is by then",
  ]);
});

Deno.test("a tuner that was closed leaves no timer", async () => {
  const { clock, open, start, pass } = await station(
    playlist("Delta", item("morning_delta.mp3", 32_000)),
  );
  const tuner = await open();
  start(tuner);
  await pass(500);
  await tuner.close();
  assertEquals(clock.waiting, 0);
});
