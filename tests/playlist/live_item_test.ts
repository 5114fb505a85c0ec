import { assertEquals } from "@std/assert";
import { Programme } from "../../lib/schedule/mod.ts";
import { codes, parse } from "./documents.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;

/** A podcast of two episodes of an hour, and what else its channel has. */
function podcast(live: string, episodes = 2): string {
  const items = Array.from(
    { length: episodes },
    (_, i) =>
      `<item><title>${i}</title><enclosure url="${i}.mp3" length="5" type="audio/mpeg"/><itunes:duration>1:00:00</itunes:duration></item>`,
  );
  return `<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>T</title>
${live}
${items.join("\n")}</channel></rss>`;
}

const live = (attributes: string) =>
  `<podcast:liveItem ${attributes}><title>Live</title><enclosure url="live.mp3" type="audio/mpeg"/></podcast:liveItem>`;

/** `HH:MM TITLE` of the slots from eleven o'clock. */
function brief(programme: Programme, count: number): string[] {
  const found: string[] = [];
  let at = NOON - HOUR;
  for (const slot of programme.slotsFrom(at)) {
    const title = slot.kind === "item" ? slot.item.title : "-";
    found.push(`${new Date(at).toISOString().slice(11, 16)} ${title}`);
    at = slot.endMs;
    if (found.length === count) break;
  }
  return found;
}

Deno.test("a live item of a podcast interrupts its rotation, which goes on unheard", async () => {
  const playlist = await parse(podcast(
    live(
      'status="pending" start="2026-11-22T13:30:00.000+0100" end="2026-11-22T13:45:00.000Z"',
    ),
  ));
  assertEquals([playlist.kind, codes(playlist)], ["rotation", []]);
  assertEquals(playlist.items[0], {
    url: "https://radio.example/station/live.mp3",
    title: "Live",
    line: 2,
    startMs: NOON + HOUR / 2,
    durationMs: 1.25 * HOUR,
    type: "audio/mpeg",
  });
  assertEquals(brief(new Programme(playlist), 5), [
    "11:00 1",
    "12:00 0",
    "12:30 Live",
    "13:45 1",
    "14:00 0",
  ]);
});

Deno.test("a live item without an end is on until it goes away", async () => {
  const open = 'status="live" start="2026-11-22T12:30:00Z"';
  const playlist = await parse(podcast(live(open)));
  const programme = new Programme(playlist);
  assertEquals(programme.slotAt(NOON + HOUR).endMs, Infinity);
  const over = await parse(podcast(live(open.replace("live", "ended"))));
  assertEquals(over.items.length, 2);
  assertEquals(brief(programme.succeed(over, NOON + HOUR), 2), [
    "11:00 1",
    "12:00 0",
  ]);
});

Deno.test("live items alone are a schedule", async () => {
  const playlist = await parse(podcast(
    live(
      'status="pending" start="2026-11-22T12:30:00Z" end="2026-11-22T13:00:00Z"',
    ) +
      live('status="pending" start="soon"'),
    0,
  ));
  assertEquals(playlist.kind, "scheduled");
  assertEquals(codes(playlist), ["bad-date:2"]);
  assertEquals(playlist.items.length, 1);
});
