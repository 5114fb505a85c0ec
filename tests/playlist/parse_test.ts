import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parsePlaylist } from "../../lib/playlist/mod.ts";
import { codes, HOME, item, parse, pieces, rss1, rss2 } from "./documents.ts";

const ROOT = "0a".repeat(32);
const EVENING = Date.UTC(2026, 10, 22, 20);

Deno.test("parsePlaylist() reads what the design shows", async () => {
  const document = rss1(
    `<item rdf:about="https://radio.example/a.mp3#2026-11-22T20:00:00Z">
      <title>First &amp; last</title> <link>https://radio.example/a.mp3</link>
      <dc:creator>Someone</dc:creator>
      <ev:startdate>2026-11-22T20:00:00Z</ev:startdate>
      <mm:duration>188600</mm:duration>
      <enc:enclosure rdf:resource="https://radio.example/a.mp3" enc:type="audio/mpeg" enc:length="3017600" />
      <dc:identifier>urn:tree:sha256:${ROOT.toUpperCase()}</dc:identifier>
    </item>`,
    `<title>A station</title> <link>https://radio.example/</link> <description>Of music</description>
     <sy:updatePeriod>hourly</sy:updatePeriod> <sy:updateFrequency>60</sy:updateFrequency>
     <l:link l:rel="urn:alluvium:rel:gateway" rdf:resource="https://gateway.example/" />
     <items><rdf:Seq><rdf:li rdf:resource="https://radio.example/a.mp3#2026-11-22T20:00:00Z" /></rdf:Seq></items>`,
  );
  assertEquals(await parse(document), {
    url: HOME,
    kind: "scheduled",
    title: "A station",
    link: "https://radio.example/",
    description: "Of music",
    updateIntervalMs: 60_000,
    gateways: ["https://gateway.example/"],
    anchorMs: 0,
    items: [{
      url: "https://radio.example/a.mp3",
      title: "First & last",
      creator: "Someone",
      startMs: EVENING,
      durationMs: 188600,
      type: "audio/mpeg",
      length: 3017600,
      root: ROOT,
      about: "https://radio.example/a.mp3#2026-11-22T20:00:00Z",
      line: 6,
    }],
    problems: [],
  });
});

Deno.test("parsePlaylist() reads the form of 2005: items in the channel, a link and a duration", async () => {
  const playlist = await parse(`<?xml version="1.0"?>
<rdf:RDF
xmlns="http://purl.org/rss/1.0/"
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:ev="http://purl.org/rss/1.0/modules/event/"
xmlns:mm="http://musicbrainz.org/mm/mm-2.0#"
>
<channel rdf:about="http://tristero.example/alluvium/">
<title>Alluvium</title><link>http://tristero.example/alluvium/</link><description>A station</description>
<image rdf:resource="http://tristero.example/alluvium/headphones.jpg"/>
<item><link>http://media.example/Trailer_DV_DSL.mov</link><mm:duration>188600</mm:duration></item>
<item><link>http://media.example/b.mov</link><mm:duration>183400</mm:duration></item>
</channel></rdf:RDF>`);
  assertEquals(playlist.kind, "rotation");
  assertEquals(playlist.title, "Alluvium");
  assertEquals(playlist.anchorMs, 0);
  assertEquals(playlist.problems, []);
  assertEquals(playlist.items, [
    {
      url: "http://media.example/Trailer_DV_DSL.mov",
      title: "Trailer_DV_DSL.mov",
      durationMs: 188600,
      line: 12,
    },
    {
      url: "http://media.example/b.mov",
      title: "b.mov",
      durationMs: 183400,
      line: 13,
    },
  ]);
});

Deno.test("parsePlaylist() reads a podcast as a rotation", async () => {
  const playlist = await parse(rss2(
    `<item><title>One</title><link>https://pod.example/one.html</link><guid>1</guid>
       <enclosure url="https://pod.example/one.mp3" length="12345" type="audio/mpeg"/>
       <itunes:duration>1:00:05</itunes:duration><itunes:author>Host</itunes:author></item>
     <item><title>Two</title><enclosure url="two.mp3" length="0" type="audio"/><itunes:duration>65</itunes:duration></item>
     <item><title>Text only</title><link>https://pod.example/text.html</link></item>`,
    "<title>Pod</title><ttl>60</ttl>",
  ));
  assertEquals(playlist.kind, "rotation");
  assertEquals(playlist.updateIntervalMs, 3_600_000);
  assertEquals(playlist.items, [
    {
      url: "https://pod.example/one.mp3",
      title: "One",
      creator: "Host",
      durationMs: 3_605_000,
      type: "audio/mpeg",
      length: 12345,
      line: 2,
    },
    {
      url: "https://radio.example/station/two.mp3",
      title: "Two",
      durationMs: 65_000,
      line: 5,
    },
  ]);
  assertEquals(codes(playlist), ["bad-length:5", "item-without-duration:6"]);
});

Deno.test("parsePlaylist() goes by namespaces, not by prefixes", async () => {
  const playlist = await parse(
    `<x:RDF xmlns:x="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:r="http://purl.org/rss/1.0/" xmlns:time="http://musicbrainz.org/mm/mm-2.1#">
      <r:channel><r:title>T</r:title></r:channel>
      <r:item x:about="urn:x"><r:link>http://a.example/a.mp3</r:link><time:duration>1000</time:duration></r:item>
      <item xmlns="http://purl.org/rss/1.0/"><link>http://a.example/b.mp3</link><duration xmlns="http://musicbrainz.org/mm/mm-2.0#">2000</duration></item>
      <item xmlns="http://other.example/"><link>http://a.example/c.mp3</link></item>
    </x:RDF>`,
  );
  assertEquals(playlist.title, "T");
  assertEquals(
    playlist.items.map(({ url, durationMs }) => [url, durationMs]),
    [["http://a.example/a.mp3", 1000], ["http://a.example/b.mp3", 2000]],
  );
});

Deno.test("parsePlaylist() takes attributes with or without prefix, and enc:url", async () => {
  const { items } = await parse(rss1(
    item(
      `<mm:duration>1</mm:duration><enc:enclosure resource="b.mp3" type="audio/ogg" length="7"/>`,
    ) +
      item(`<mm:duration>1</mm:duration><enc:enclosure enc:url="c.mp3"/>`),
  ));
  assertEquals(items.map(({ url, type, length }) => [url, type, length]), [
    ["https://radio.example/station/b.mp3", "audio/ogg", 7],
    ["https://radio.example/station/c.mp3", undefined, undefined],
  ]);
});

Deno.test("parsePlaylist() keeps to the children of an item, whatever lies around them", async () => {
  const { title, items } = await parse(rss1(
    `<image><title>Not this</title><link>http://no.example/</link></image>
     <item><title>A <b>bold</b> <![CDATA[<title>]]></title><!-- <link>no</link> -->
       <box xmlns="http://x.example/"><link xmlns="http://purl.org/rss/1.0/">no.mp3</link></box>
       <link>a.mp3</link><link>second.mp3</link><mm:duration>1</mm:duration>
       <item><link>inner.mp3</link></item></item>
     <textinput><title>Nor this</title></textinput>`,
    "<image><title>No</title></image><title>Yes</title>",
  ));
  assertEquals(title, "Yes");
  assertEquals(items.length, 1);
  assertEquals(items[0]?.title, "A bold <title>");
  assertEquals(items[0]?.url, "https://radio.example/station/a.mp3");
});

Deno.test("parsePlaylist() takes the anchor from sy:updateBase, else dc:date", async () => {
  const anchor = async (channel: string) =>
    (await parse(rss1(item("<mm:duration>1</mm:duration>"), channel))).anchorMs;
  const base = "<sy:updateBase>2026-11-22T20:00Z</sy:updateBase>";
  const date = "<dc:date>2000-01-01</dc:date>";
  assertEquals(await anchor(date + base), EVENING);
  assertEquals(await anchor(date), Date.UTC(2000, 0, 1));
  assertEquals(
    await anchor("<sy:updateBase>soon</sy:updateBase>" + date),
    Date.UTC(2000, 0, 1),
  );
  assertEquals(await anchor(""), 0);
});

Deno.test("parsePlaylist() reads the same whole, in pieces and byte by byte", async () => {
  const document = rss1(
    item(
      `<title>Ünïcode 🎵 &amp; &#x4e2d;</title><mm:duration>5</mm:duration>`,
    ) +
      item(`<mm:duration>-5</mm:duration>`) + item("<title>x</title>"),
    "<title>Sta&#116;ion</title><l:link l:rel='urn:alluvium:rel:gateway' rdf:resource='javascript:x'/>",
  );
  const whole = await parse(document);
  assertEquals(whole.items[0]?.title, "Ünïcode 🎵 & 中");
  assertEquals(await parse(document, { size: 1 }), whole);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (size) => {
      assertEquals(await parse(document, { size }), whole);
    }),
    { numRuns: 20 },
  );
});

Deno.test("parsePlaylist() reads a byte order mark, and stops reading where it fails", async () => {
  const marked = new TextEncoder().encode(
    "\ufeff" + rss1(item("<mm:duration>1</mm:duration>")),
  );
  assertEquals((await parse(marked)).items.length, 1);
  let asked = 0;
  const endless = (async function* () {
    yield new TextEncoder().encode("<html>");
    while (true) {
      asked++;
      yield new Uint8Array(1000).fill(32);
    }
  })();
  await parsePlaylist(endless, HOME).catch(() => {});
  assertEquals(asked < 5, true);
});

Deno.test("parsePlaylist() passes on what the source of the bytes throws", async () => {
  const cut = new Error("the wire was cut");
  const source = (async function* () {
    yield* pieces("<rss>");
    throw cut;
  })();
  assertEquals(await parsePlaylist(source, HOME).catch((error) => error), cut);
});
