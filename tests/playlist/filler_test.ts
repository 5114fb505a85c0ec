/**
 * The filler in a playlist: a link of the channel to an item without a time, or
 * to a bare file.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  parsePlaylist,
  type Playlist,
  writePlaylist,
} from "../../lib/playlist/mod.ts";

const HOME = "https://radio.example/playlist.rss";
const FILLER = "https://radio.example/filler.mp3";

function read(xml: string): Promise<Playlist> {
  return parsePlaylist(
    ReadableStream.from([new TextEncoder().encode(xml)]),
    HOME,
  );
}

function document(link: string, more = ""): string {
  return `<rdf:RDF xmlns="http://purl.org/rss/1.0/"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:mm="http://musicbrainz.org/mm/mm-2.0#"
  xmlns:ev="http://purl.org/rss/1.0/modules/event/"
  xmlns:l="http://purl.org/rss/1.0/modules/link/">
<channel rdf:about="${HOME}"><title>T</title><link>${HOME}</link>
<l:link l:rel="urn:alluvium:rel:filler" rdf:resource="${link}" /></channel>
<item rdf:about="a"><title>A</title><link>a.mp3</link>
<mm:duration>1000</mm:duration></item>
${more}</rdf:RDF>`;
}

Deno.test("a filler is written and read back, and is no item of the programme", async () => {
  for (const kind of ["scheduled", "rotation"] as const) {
    const place = kind === "scheduled" ? { startMs: 1_000_000_000_000 } : {};
    const playlist: Playlist = {
      url: HOME,
      kind,
      title: "T",
      gateways: ["https://gateway.example/"],
      anchorMs: 0,
      filler: {
        url: FILLER,
        title: "Back soon",
        durationMs: 8000,
        type: "audio/mpeg",
        length: 10,
        root: "ab".repeat(32),
      },
      // The same file may be an item as well.
      items: [{ url: FILLER, title: "A", durationMs: 1000, ...place }],
      problems: [],
    };
    const xml = writePlaylist(playlist);
    assertEquals(xml.match(/<rdf:li /g)?.length, 1);
    const back = await read(xml);
    const { line: _, ...filler } = back.filler!;
    assertEquals(filler, { ...playlist.filler!, about: `${FILLER}#filler` });
    assertEquals(back.items.map(({ title }) => title), ["A"]);
    assertEquals(back.gateways, playlist.gateways);
    assertEquals(back.problems, []);
    assert(writePlaylist(back).includes('rel:filler"'));
    assertEquals(writePlaylist(back), xml);
  }
});

Deno.test("a filler may be a bare file", async () => {
  const { filler, items, problems } = await read(document("filler.mp3"));
  assertEquals(filler, { url: FILLER, title: "filler.mp3" });
  assertEquals([items.length, problems.length], [1, 0]);
});

Deno.test("an item with a time is no filler, though the link names it", async () => {
  const timed = `<item rdf:about="x"><title>X</title><link>x.mp3</link>
<ev:startdate>2026-01-01T00:00:00Z</ev:startdate></item>`;
  const { filler, items } = await read(document("x", timed));
  assertEquals(filler?.url, "https://radio.example/x");
  assert(items.some(({ title }) => title === "X"));
});

Deno.test("a filler that cannot be fetched is told of and ignored", async () => {
  const { filler, problems } = await read(document("ftp://a.example/f.mp3"));
  assertEquals(filler, undefined);
  assertEquals(problems.map(({ code }) => code), ["bad-filler"]);
});
