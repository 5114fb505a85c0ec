/**
 * One test per limit of the section "playlist" of `lib/limits.ts` that the
 * parser holds; the others are in `text_test.ts`, `urls_test.ts`,
 * `durations_test.ts` and `load_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import {
  PLAYLIST_ATTRIBUTES_MAX,
  PLAYLIST_BYTES_MAX,
  PLAYLIST_DEPTH_MAX,
  PLAYLIST_GATEWAYS_MAX,
  PLAYLIST_ITEMS_MAX,
  PLAYLIST_PROBLEMS_MAX,
  PLAYLIST_TEXT_CHARACTERS_MAX,
  PLAYLIST_TITLE_CHARACTERS_MAX,
  PLAYLIST_TOKEN_BYTES_MAX,
} from "../../lib/limits.ts";
import { codes, item, parse, parseError, rss1, rss2 } from "./documents.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** `head`, then `body` for ever; counts the bytes taken. */
function endless(head: string, body: string) {
  const taken = { bytes: 0 };
  const bytes = (async function* () {
    yield encode(head);
    const block = encode(body.repeat(Math.ceil(65536 / body.length)));
    for (;; taken.bytes += block.length) yield block;
  })();
  return { bytes, taken };
}

Deno.test("a playlist past PLAYLIST_BYTES_MAX is refused, and no more of it is read", async () => {
  // Comments are the cheapest thing to read a great lot of.
  const { bytes, taken } = endless("<rss>", `<!--${"x".repeat(60_000)}-->`);
  const error = await parseError(bytes);
  assertEquals(error.code, "playlist-too-large");
  assertLess(taken.bytes, PLAYLIST_BYTES_MAX + 1024 * 1024);
});

for (
  const [name, head, body] of [
    ["text", "<rss><channel><title>", "endless "],
    ["attribute", "<rss version='", "endless "],
    ["comment", "<rss><!--", "endless "],
    ["CDATA", "<rss><![CDATA[", "endless "],
    ["name", "<", "endless"],
    ["white space", "", " \n"],
  ] as const
) {
  Deno.test(`an endless ${name} stops at PLAYLIST_TOKEN_BYTES_MAX`, async () => {
    const { bytes, taken } = endless(head, body);
    const error = await parseError(bytes);
    assertEquals(error.code, "playlist-too-large");
    assertLess(taken.bytes, PLAYLIST_TOKEN_BYTES_MAX + 256 * 1024);
  });
}

Deno.test("a playlist past PLAYLIST_ITEMS_MAX is refused with the line of the item", async () => {
  const error = await parseError(
    endless("<rss><channel>", "<item/>\n".repeat(1000)).bytes,
  );
  assertEquals(error.code, "playlist-too-large");
  assertEquals(error.place.line, PLAYLIST_ITEMS_MAX + 1);
});

Deno.test("elements nested deeper than PLAYLIST_DEPTH_MAX are refused", async () => {
  const nested = (depth: number) =>
    rss2("<a>".repeat(depth - 2) + "</a>".repeat(depth - 2));
  assertEquals((await parse(nested(PLAYLIST_DEPTH_MAX))).items, []);
  const error = await parseError(nested(PLAYLIST_DEPTH_MAX + 1));
  assertEquals(error.code, "playlist-syntax");
});

Deno.test("an element with more than PLAYLIST_ATTRIBUTES_MAX attributes is refused", async () => {
  const list = (count: number) =>
    Array.from({ length: count }, (_, i) => `a${i}=''`).join(" ");
  assertEquals(
    (await parse(`<rss ${list(PLAYLIST_ATTRIBUTES_MAX)}/>`)).items,
    [],
  );
  const error = await parseError(`<rss ${list(PLAYLIST_ATTRIBUTES_MAX + 1)}/>`);
  assertEquals(error.code, "playlist-syntax");
});

Deno.test("texts are cut at PLAYLIST_TEXT_CHARACTERS_MAX, titles at PLAYLIST_TITLE_CHARACTERS_MAX", async () => {
  const long = "x".repeat(2 * PLAYLIST_TEXT_CHARACTERS_MAX);
  const playlist = await parse(rss1(
    item(`<title>${long}</title><mm:duration>1</mm:duration>`),
    `<description>${long}</description>`,
  ));
  assertEquals(playlist.description?.length, PLAYLIST_TEXT_CHARACTERS_MAX);
  assertEquals(playlist.items[0]?.title.length, PLAYLIST_TITLE_CHARACTERS_MAX);
  assertEquals(codes(playlist), ["text-too-long:3"]);
});

Deno.test("past PLAYLIST_PROBLEMS_MAX problems are counted, not kept", async () => {
  const playlist = await parse(
    rss1("<item/>\n".repeat(PLAYLIST_PROBLEMS_MAX + 5)),
  );
  assertEquals(playlist.problems.length, PLAYLIST_PROBLEMS_MAX + 1);
  const last = playlist.problems.at(-1)!;
  assertEquals([last.severity, last.code], ["error", "more-problems"]);
  assert(last.message.startsWith("6 more"), last.message);
});

Deno.test("gateways past PLAYLIST_GATEWAYS_MAX are not used", async () => {
  const links = Array.from(
    { length: PLAYLIST_GATEWAYS_MAX + 50 },
    (_, i) =>
      `<l:link l:rel="urn:alluvium:rel:gateway" rdf:resource="https://g${i}.example/"/>`,
  );
  const playlist = await parse(rss1("", links.join("")));
  assertEquals(playlist.gateways.length, PLAYLIST_GATEWAYS_MAX);
  assertEquals(codes(playlist), ["bad-gateway:2", "no-items"]);
});
