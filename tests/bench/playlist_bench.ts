/**
 * A year of radio: how long it takes to read, and to find what is on. The
 * promise is under 2 s and 300 MB, and under 20 µs.
 *
 * @module
 */
import { parsePlaylist, writePlaylist } from "../../lib/playlist/mod.ts";
import type { Playlist } from "../../lib/playlist/mod.ts";
import { Programme } from "../../lib/schedule/mod.ts";

const ITEMS = 100_000;
const FROM = Date.UTC(2026, 0, 1);

function year(kind: Playlist["kind"]): Playlist {
  return {
    url: "https://radio.example/playlist.rss",
    kind,
    title: "A year",
    gateways: ["https://gateway.example/"],
    anchorMs: 0,
    items: Array.from({ length: ITEMS }, (_, i) => ({
      url: `https://radio.example/${i}.mp3`,
      title: `Piece & ${i}`,
      creator: "Someone",
      ...(kind === "scheduled" ? { startMs: FROM + i * 315_000 } : {}),
      durationMs: 300_000 + i % 1000,
      type: "audio/mpeg",
      length: 4_800_000,
      root: i.toString(16).padStart(64, "0"),
    })),
    problems: [],
  };
}

const playlist = year("scheduled");
const document = new TextEncoder().encode(writePlaylist(playlist));
const programmes = {
  scheduled: new Programme(playlist),
  rotation: new Programme(year("rotation")),
};

Deno.bench(`parsePlaylist(), ${ITEMS} items`, {
  group: "playlist",
  n: 3,
  warmup: 1,
}, async () => {
  const pieces = async function* () {
    for (let at = 0; at < document.length; at += 65536) {
      yield document.subarray(at, at + 65536);
    }
  };
  await parsePlaylist(pieces(), playlist.url);
});

Deno.bench(`writePlaylist(), ${ITEMS} items`, {
  group: "playlist",
  n: 3,
  warmup: 1,
}, () => {
  writePlaylist(playlist);
});

for (const [kind, programme] of Object.entries(programmes)) {
  let at = 0;
  Deno.bench(
    `Programme.slotAt(), ${kind}, ${ITEMS} items`,
    { group: "slot" },
    () => {
      at = (at + 7_919_000_003) % (ITEMS * 315_000);
      programme.slotAt(FROM + at);
    },
  );
}
