import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { ITEM_DURATION_MS_MAX } from "../../lib/limits.ts";
import {
  formatTime,
  type Item,
  parsePlaylist,
  type Playlist,
  writePlaylist,
} from "../../lib/playlist/mod.ts";
import { cleanText } from "../../lib/playlist/text.ts";
import { HOME, pieces } from "./documents.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .map((raw) => cleanText(raw).text).filter((clean) => clean !== "");
// XML has no characters for these two, so no writer can keep them.
const title = text.filter((clean) => !/[\ufffe\uffff]/.test(clean));
const path = fc.webPath({ size: "small" });
const url = path.map((p) => new URL(`https://radio.example/m${p}`).href);

const timeless = fc.record({
  url,
  title,
  creator: fc.option(title, { nil: undefined }),
  durationMs: fc.integer({ min: 1, max: ITEM_DURATION_MS_MAX }),
  type: fc.constantFrom("audio/mpeg", "audio/ogg; codecs=opus", undefined),
  content: fc.option(
    fc.record({
      length: fc.integer({ min: 1, max: 2 ** 40 }),
      root: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined }),
    }),
    { nil: undefined },
  ),
});

/** Leaves out what is undefined, as the parser does. */
function tidy<T extends object>(record: T): T {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as T;
}

function itemOf(
  raw: typeof timeless extends fc.Arbitrary<infer R> ? R : never,
  more: Partial<Item>,
): Item {
  const { content, ...rest } = raw;
  return tidy({ ...rest, ...content, ...more }) as Item;
}

const channel = fc.record({
  title,
  link: fc.option(url, { nil: undefined }),
  description: fc.option(title, { nil: undefined }),
  gateways: fc.uniqueArray(url, { maxLength: 3 }),
  updateIntervalMs: fc.option(
    fc.integer({ min: 1, max: 720 }).map((n) => Math.round(3_600_000 / n)),
    { nil: undefined },
  ),
});

const scheduled = fc.tuple(
  channel,
  fc.array(timeless, { minLength: 1, maxLength: 6 }),
  fc.integer({ min: 0, max: 4e12 }),
).map(([head, raws, from]): Playlist =>
  tidy({
    ...head,
    url: HOME,
    kind: "scheduled" as const,
    anchorMs: 0,
    items: raws.map((raw, i) => {
      const startMs = from + i * 1000;
      return itemOf(raw, {
        startMs,
        about: `${raw.url}#${formatTime(startMs)}`,
      });
    }),
    problems: [],
  }) as Playlist
);

const rotation = fc.tuple(
  channel,
  fc.array(timeless, { minLength: 1, maxLength: 6 }),
  fc.integer({ min: 0, max: 4e12 }),
).map(([head, raws, anchorMs]): Playlist =>
  tidy({
    ...head,
    url: HOME,
    kind: "rotation" as const,
    anchorMs,
    items: raws.map((raw, i) => itemOf(raw, { about: `${raw.url}#${i}` })),
    problems: [],
  }) as Playlist
);

/** Without what only a document has: lines, and a link where none was given. */
function asGiven(read: Playlist, given: Playlist): Playlist {
  const items = read.items.map(({ line: _, ...rest }) => rest);
  const { link, ...rest } = read;
  return {
    ...rest,
    ...(given.link === undefined || link === undefined ? {} : { link }),
    items,
  };
}

for (
  const [kind, playlists] of [["scheduled", scheduled], [
    "rotation",
    rotation,
  ]] as const
) {
  Deno.test(`parsePlaylist() reads back every ${kind} playlist that writePlaylist() wrote`, async () => {
    await fc.assert(
      fc.asyncProperty(playlists, fc.boolean(), async (given, relative) => {
        const document = writePlaylist(given, { relative });
        const read = await parsePlaylist(pieces(document), HOME);
        assertEquals(asGiven(read, given), given);
      }),
      { numRuns: 200 },
    );
  });
}

const BARE: Playlist = {
  url: HOME,
  kind: "rotation",
  title: "T",
  gateways: [],
  anchorMs: 0,
  items: [],
  problems: [],
};

Deno.test("writePlaylist() gives each airing a name of its own, in the Seq too", async () => {
  const item = {
    url: "https://radio.example/a.mp3",
    title: "A",
    durationMs: 5,
  };
  const document = writePlaylist({
    ...BARE,
    items: [item, item, { ...item, about: item.url }],
  });
  const abouts = [...document.matchAll(/<item rdf:about="(.*?)"/g)].map((m) =>
    m[1]
  );
  assertEquals(new Set(abouts).size, 3);
  const listed = [...document.matchAll(/<rdf:li rdf:resource="(.*?)"/g)].map((
    m,
  ) => m[1]);
  assertEquals(listed, abouts);
  const read = await parsePlaylist(pieces(document), HOME);
  assertEquals(read.problems, []);
});

Deno.test("writePlaylist() writes what RSS 1.0 requires", () => {
  const item = { url: "https://radio.example/a.mp3", title: "A" };
  const document = writePlaylist({
    ...BARE,
    kind: "scheduled",
    items: [{ ...item, startMs: Date.UTC(2026, 10, 22, 20) }],
  });
  for (
    const part of [
      `<channel rdf:about="${HOME}">`,
      "<title>T</title>",
      `<link>${HOME}</link>`,
      "<description></description>",
      `<item rdf:about="https://radio.example/a.mp3#2026-11-22T20:00:00Z">`,
      "<ev:startdate>2026-11-22T20:00:00Z</ev:startdate>",
    ]
  ) assertStringIncludes(document, part);
});

Deno.test("writePlaylist() writes relative URLs where it is told to", () => {
  const items = [
    { url: "https://radio.example/station/a b.mp3", title: "A", length: 5 },
    { url: "https://other.example/b.mp3", title: "B" },
  ];
  const document = writePlaylist({ ...BARE, items }, { relative: true });
  assertStringIncludes(document, "<link>a%20b.mp3</link>");
  assertStringIncludes(document, "<link>https://other.example/b.mp3</link>");
  assert(!document.includes("radio.example"));
});

Deno.test("writePlaylist() of any text is XML that can be read", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (raw) => {
      const item = {
        url: "https://radio.example/a.mp3",
        title: raw,
        creator: raw,
        durationMs: 5,
      };
      const document = writePlaylist({
        ...BARE,
        title: raw,
        description: raw,
        items: [item],
      });
      const read = await parsePlaylist(pieces(document), HOME);
      assertEquals(read.items.length, 1);
    }),
  );
});
