import { assert, assertEquals, assertRejects } from "@std/assert";
import { Radio, type RadioOptions } from "../../../lib/cli/radio/radio.ts";
import { AlluviumError } from "../../../lib/errors.ts";
import { MountTable } from "../../../lib/icecast/mount_table.ts";
import { STATIONS_MAX } from "../../../lib/limits.ts";
import { FakeClock, settle } from "../../support/fakeclock.ts";
import { type TempFolder, tempFolder } from "../../support/temp.ts";
import { demoOpener } from "../../tuner/memory_opener.ts";

const MEDIA = "http://station.test/";

/** A rotation of one bundled file. */
function playlist(title: string): string {
  return `<rss version="2.0"
  xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
<title>${title}</title><item><title>Morning Delta</title>
<enclosure url="${MEDIA}morning_delta.mp3" type="audio/mpeg" length="1" />
<itunes:duration>32</itunes:duration></item></channel></rss>`;
}

async function radioIn(
  folder: TempFolder,
  options: Partial<RadioOptions> = {},
) {
  const clock = new FakeClock();
  const mounts = new MountTable();
  const radio = new Radio({
    opener: await demoOpener(MEDIA),
    mounts,
    clock,
    random: () => 0.5,
    log: () => {},
    ...options,
  });
  const add = (title: string) =>
    folder.write(`${title.toLowerCase()}.rss`, playlist(title));
  const pass = async (ms: number) => {
    for (let i = 0; i < 50; i++) await settle();
    await clock.advance(ms);
  };
  const paths = () => mounts.all().map(({ path }) => path);
  return { radio, mounts, clock, add, pass, paths };
}

Deno.test("the first station is at /stream.mp3, the next under its name", async () => {
  await using folder = await tempFolder();
  const { radio, add, pass, paths } = await radioIn(folder);
  await radio.tune(await add("Delta"));
  await radio.tune(await add("Estuary"));
  await pass(500);
  assertEquals(paths(), ["/stream.mp3", "/estuary/stream.mp3"]);
  const { stations, clock, swarm } = radio.status();
  assertEquals(stations.map(({ name }) => name), ["delta", "estuary"]);
  assertEquals(stations[0]?.now?.title, "Morning Delta");
  assertEquals(stations[0]?.mounts[0]?.type, "audio/mpeg");
  assertEquals(clock, { offsetMs: 0, errorMs: null });
  assertEquals(swarm.reachable, null);
  await radio.close();
});

Deno.test("stations of a relay are all under their names", async () => {
  await using folder = await tempFolder();
  const { radio, add, pass, paths } = await radioIn(folder, { prefixed: true });
  await radio.tune({ name: "jazz", url: await add("Delta") });
  await radio.tune(await add("Estuary"));
  await pass(500);
  assertEquals(paths(), ["/jazz/stream.mp3", "/estuary/stream.mp3"]);
  await radio.close();
});

Deno.test("a mount carries what the station and its media say of themselves", async () => {
  await using folder = await tempFolder();
  const { radio, mounts, add, pass } = await radioIn(folder);
  await radio.tune(await add("Delta"));
  await pass(500);
  const { info, title } = mounts.get("/stream.mp3")!;
  assertEquals(info.name, "Delta");
  assertEquals(info.sampleRate, 44_100);
  assert((info.bitrate ?? 0) > 100_000);
  assertEquals(title, "Morning Delta");
  await radio.close();
});

Deno.test("a station that is tuned twice is one", async () => {
  await using folder = await tempFolder();
  const { radio, add } = await radioIn(folder);
  const file = await add("Delta");
  const both = await Promise.all([radio.tune(file), radio.tune(file)]);
  await radio.tune(file);
  assertEquals(both.map(({ name }) => name), ["delta", "delta"]);
  assertEquals(radio.status().stations.length, 1);
  await radio.close();
});

Deno.test("a station that is removed leaves no mount, and its place is free", async () => {
  await using folder = await tempFolder();
  const { radio, add, pass, paths } = await radioIn(folder);
  await radio.tune(await add("Delta"));
  await pass(500);
  assertEquals(await radio.remove("delta"), true);
  assertEquals(await radio.remove("delta"), false);
  assertEquals(paths(), []);
  await radio.tune(await add("Estuary"));
  await pass(500);
  assertEquals(paths(), ["/stream.mp3"]);
  await radio.close();
});

Deno.test("a playlist that cannot be read is told, and no station is left", async () => {
  await using folder = await tempFolder();
  const { radio } = await radioIn(folder);
  const file = await folder.write("broken.rss", "<rss><channel>");
  const error = await assertRejects(() => radio.tune(file), AlluviumError);
  assertEquals(error.place.file, file);
  assertEquals(radio.status().stations, []);
  await radio.close();
});

Deno.test("a radio has no more stations than its limit", async () => {
  await using folder = await tempFolder();
  const { radio, add, clock } = await radioIn(folder);
  for (let i = 0; i < STATIONS_MAX; i++) await radio.tune(await add(`S${i}`));
  const error = await assertRejects(
    async () => await radio.tune(await add("More")),
    AlluviumError,
  );
  assertEquals(error.code, "busy");
  await radio.close();
  assertEquals(clock.waiting, 0);
});

Deno.test("before a station plays, the caller is told what its playlists need", async () => {
  await using folder = await tempFolder();
  const told: string[][] = [];
  const { radio, add } = await radioIn(folder, {
    onTuned: (playlists) => void told.push(playlists.map((p) => p.title)),
  });
  await radio.tune(await add("Delta"));
  await radio.tune(await add("Estuary"));
  assertEquals(told, [["Delta"], ["Delta", "Estuary"]]);
  await radio.close();
});
