import { assertEquals } from "@std/assert";
import { StationList } from "../../lib/cli/station_list.ts";
import { PLAYLIST_REFRESH_MS_MIN } from "../../lib/limits.ts";
import { silentLog } from "../../lib/log.ts";
import { FakeClock } from "../support/fakeclock.ts";

const STATION = "http://radio.example/playlist.rss";

/** A station whose playlist the test writes. */
function open() {
  const world = { files: ["a"], reads: 0, down: false };
  const clock = new FakeClock();
  const list = new StationList([STATION], {
    clock,
    random: () => 0.5,
    log: silentLog,
    fetch: () => {
      world.reads++;
      if (world.down) return Promise.reject(new TypeError("refused"));
      const items = world.files.map((name) =>
        `<item><title>${name}</title><enclosure url="/${name}.mp3" type="audio/mpeg" length="9"/><itunes:duration>60</itunes:duration></item>`
      );
      return Promise.resolve(
        new Response(
          `<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>A</title><link>${STATION}</link><description>d</description>${
            items.join("")
          }</channel></rss>`,
          { headers: { "content-type": "application/rss+xml" } },
        ),
      );
    },
  });
  return { list, world, clock };
}

Deno.test("a station list has what its playlists name, and nothing else", async () => {
  const { list, world } = open();
  const asked = await Promise.all([
    list.plays("http://radio.example/a.mp3"),
    list.plays("http://radio.example/b.mp3"),
    list.plays("http://other.example/a.mp3"),
  ]);
  assertEquals(asked, [true, false, false]);
  assertEquals(world.reads, 1);
});

Deno.test("a file that is new in the playlist is found, a stranger's does not make it be read all the time", async () => {
  const { list, world, clock } = open();
  await list.plays("http://radio.example/a.mp3");
  world.files.push("b");
  for (let i = 0; i < 9; i++) {
    assertEquals(await list.plays("http://radio.example/b.mp3"), false);
  }
  assertEquals(world.reads, 1);
  await clock.advance(PLAYLIST_REFRESH_MS_MIN);
  assertEquals(await list.plays("http://radio.example/b.mp3"), true);
  world.down = true;
  await clock.advance(PLAYLIST_REFRESH_MS_MIN);
  assertEquals(await list.plays("http://radio.example/c.mp3"), false);
  assertEquals(
    await list.plays("http://radio.example/a.mp3"),
    true,
    "the last good playlist stays",
  );
});
