/**
 * The playlists we write, read by someone else's RDF/XML parser: RSS 1.0 as the
 * standard has it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RdfXmlParser } from "rdfxml-streaming-parser";
import {
  type Item,
  parsePlaylist,
  type Playlist,
  writePlaylist,
} from "../../lib/playlist/mod.ts";

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const RSS = "http://purl.org/rss/1.0/";
const DC = "http://purl.org/dc/elements/1.1/";
const EV = "http://purl.org/rss/1.0/modules/event/";
const MM = "http://musicbrainz.org/mm/mm-2.0#";
const ENC = "http://purl.oclc.org/net/rss_2.0/enc#";
const LINK = "http://purl.org/rss/1.0/modules/link/";

interface Triple {
  subject: string;
  predicate: string;
  object: string;
}

/** Every statement of a document. */
function triples(xml: string, baseIRI: string): Promise<Triple[]> {
  const parser = new RdfXmlParser({ baseIRI, validateUri: true });
  const found: Triple[] = [];
  return new Promise((resolve, reject) => {
    parser.on("error", reject);
    parser.on("data", ({ subject, predicate, object }) =>
      found.push({
        subject: subject.value,
        predicate: predicate.value,
        object: object.value,
      }));
    parser.on("end", () => resolve(found));
    parser.write(xml);
    parser.end();
  });
}

const URL_OF = "https://radio.example/playlist.rss";

const items: Item[] = Array.from({ length: 40 }, (_, i) => ({
  url: `https://radio.example/${i % 7}%20&.mp3`,
  title: `Tom & <Jerry> "${i}" é${"𝄞".repeat(i % 3)}`,
  creator: `Ä ${i % 4}`,
  startMs: Date.UTC(2026, 10, 22, 20) + i * 61_500,
  durationMs: 61_500,
  type: "audio/mpeg",
  length: 1000 + i,
  root: i.toString(16).padStart(64, "a"),
  about: `https://radio.example/${i % 7}%20&.mp3#${i}`,
}));

const playlist: Playlist = {
  url: URL_OF,
  kind: "scheduled",
  title: "A & B",
  link: "https://radio.example/",
  description: "Words",
  gateways: ["https://gateway.example/"],
  anchorMs: 0,
  updateIntervalMs: 60_000,
  items,
  problems: [],
};

Deno.test("a playlist that we write is RSS 1.0 to an RDF parser, with all it says", async () => {
  const all = await triples(writePlaylist(playlist), URL_OF);
  const of = (subject: string, predicate: string) =>
    all.filter((t) => t.subject === subject && t.predicate === predicate)
      .map(({ object }) => object);
  const one = (subject: string, predicate: string) => {
    const [value, ...more] = of(subject, predicate);
    assertEquals(more, [], `${subject} ${predicate}`);
    return value;
  };
  assertEquals(one(URL_OF, `${RDF}type`), `${RSS}channel`);
  assertEquals(one(URL_OF, `${RSS}title`), "A & B");
  assertEquals(one(URL_OF, `${RSS}link`), "https://radio.example/");
  assertEquals(one(URL_OF, `${RSS}description`), "Words");
  const sequence = one(URL_OF, `${RSS}items`)!;
  assertEquals(one(sequence, `${RDF}type`), `${RDF}Seq`);
  const named = items.map((_, i) => one(sequence, `${RDF}_${i + 1}`));
  assertEquals(named, items.map(({ about }) => about));
  for (const item of items) {
    const { about } = item;
    assertEquals(one(about!, `${RDF}type`), `${RSS}item`);
    assertEquals(one(about!, `${RSS}title`), item.title);
    assertEquals(one(about!, `${RSS}link`), item.url);
    assertEquals(one(about!, `${DC}creator`), item.creator);
    assertEquals(Date.parse(one(about!, `${EV}startdate`)!), item.startMs);
    assertEquals(one(about!, `${MM}duration`), "61500");
    assertEquals(
      one(about!, `${DC}identifier`),
      `urn:tree:sha256:${item.root}`,
    );
    assertEquals(of(about!, `${ENC}enclosure`).length, 1);
  }
  assert(
    all.some(({ predicate, object }) =>
      predicate === `${LINK}link` || object === "https://gateway.example/"
    ),
  );
});

Deno.test("and it comes back as it was", async () => {
  const bytes = new TextEncoder().encode(writePlaylist(playlist));
  const read = await parsePlaylist(ReadableStream.from([bytes]), URL_OF);
  const bare = read.items.map(({ line: _line, ...item }) => item);
  assertEquals({ ...read, items: bare }, playlist);
});
