/**
 * Playlists that are wrong, given to the real `listen`: what cannot be read is
 * refused with file or URL, line and what was wanted; what is wrong with one
 * item costs that item alone.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatTime } from "../../lib/playlist/w3cdtf.ts";
import { alluvium, startListener } from "../support/alluvium.ts";
import { isSilentMp3, mp3Frames, place } from "../support/frames.ts";
import { receive } from "../support/players.ts";
import { programs } from "../support/programs.ts";
import {
  secondsFromNow,
  startStation,
  type Station,
} from "../support/station.ts";

const RDF = `<rdf:RDF xmlns="http://purl.org/rss/1.0/"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:ev="http://purl.org/rss/1.0/modules/event/"
  xmlns:mm="http://musicbrainz.org/mm/mm-2.0#">`;

/** Documents that are no playlist, and what a listener is told of each. */
const UNREADABLE: Record<string, [document: string, told: RegExp]> = {
  "text.rss": ["Hello, I am a playlist\n", /:1:1: .* as XML: /],
  "cut.rss": [`${RDF}\n<channel>\n<title>A`, /:\d:\d+: .* as XML: /],
  "page.rss": ["<html><body>Hi</body></html>", /:1:1: .* wanted RSS /],
  "empty.rss": ["", /:1:1: The playlist is empty/],
};

/** A `listen` that is expected to end. */
function listenTo(address: string) {
  return alluvium("listen", address, "--port", "0", "--no-share");
}

Deno.test({
  name:
    "a playlist that is not XML, not RSS, cut off, empty or missing ends listen with its place and exit code 1",
  ignore: programs("nginx").ignore,
  fn: async () => {
    await using station = await startStation({ files: {} });
    for (const [name, [document, told]] of Object.entries(UNREADABLE)) {
      await Deno.writeTextFile(`${station.root}/${name}`, document);
      for (const address of [station.url + name, `${station.root}/${name}`]) {
        const { code, stdout, stderr } = await listenTo(address);
        assertEquals([code, stdout], [1, ""], name);
        assert(stderr.startsWith(`error: ${address}:`), stderr);
        assertMatch(stderr, told);
        assertEquals(stderr.trim().split("\n").length, 1, stderr);
      }
    }
    const { code, stderr } = await listenTo(`${station.url}none.rss`);
    assertEquals(code, 1);
    assertMatch(stderr, /^error: \S+none\.rss: .* answered 404/);
  },
});

/** Items of two and a half seconds, each wrong in its way but one. */
function oddItems(startMs: number): string {
  const at = (slot: number) => formatTime(startMs + slot * 3000);
  const item = (start: string, duration: string, link = "a.mp3") =>
    `<item><title>T</title>${link && `<link>${link}</link>`}` +
    `<ev:startdate>${start}</ev:startdate>` +
    `<mm:duration>${duration}</mm:duration></item>`;
  return [
    RDF,
    "<channel><title>Odd</title></channel>",
    item(at(4), "3000", "b.mp3"), // before those that play before it
    item(at(0), "3000", ""),
    item(at(1), "-3000"),
    item(at(2), "99999999999999999999"),
    item("yesterday", "3000"),
    item(at(3), "3000", "a.mp3"),
    "</rdf:RDF>",
  ].join("\n");
}

/** The lines of the document that cost an item, and why. */
const TOLD: [line: number, what: RegExp][] = [
  [7, /Item has no URL/],
  [8, /mm:duration "-3000" is not between/],
  [9, /mm:duration "9{20}" is not between/],
  [10, /ev:startdate "yesterday" is no time/],
];

async function publishOdd(station: Station): Promise<string> {
  const document = oddItems(secondsFromNow(-5));
  await Deno.writeTextFile(`${station.root}/odd.rss`, document);
  return `${station.url}odd.rss`;
}

Deno.test({
  name:
    "items without URL, with impossible durations or times cost only themselves, and order does not matter",
  ignore: programs("nginx", "ffmpeg", "curl").ignore,
  fn: async () => {
    await using station = await startStation({
      files: {
        "a.mp3": { seconds: 3, title: "A" },
        "b.mp3": { seconds: 3, title: "B" },
      },
    });
    const playlist = await publishOdd(station);
    await using listener = await startListener(playlist);
    const { audio, titles } = await receive(listener.mp3, 11);
    for (const [line, what] of TOLD) {
      const told = listener.child.stderr.split("\n")
        .filter((text) => text.includes(`${playlist}:${line}:`));
      assertEquals(told.length, 1, listener.child.stderr);
      assertMatch(told[0]!, what);
      assertMatch(told[0]!, /; the item is left out$/);
    }
    const sources = ["a.mp3", "b.mp3"].map((name) =>
      mp3Frames(station.bytes(name))
    );
    const { runs, foreign } = place(mp3Frames(audio), sources, isSilentMp3);
    assertEquals(foreign, 0);
    assertEquals(runs.map(([source]) => source), [0, 1], `${runs}`);
    assert(runs.every(([, , count]) => count > 100), `${runs}`);
    assertEquals(titles, ["Odd", "T", "T", "Odd"].filter(isNew));
  },
});

/** ICY tells a title once for as long as it stays. */
function isNew(title: string, i: number, all: string[]): boolean {
  return title !== all[i - 1];
}
