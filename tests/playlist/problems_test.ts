import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../lib/errors.ts";
import { parsePlaylist } from "../../lib/playlist/mod.ts";
import {
  codes,
  HOME,
  item,
  parse,
  parseError,
  pieces,
  rss1,
  rss2,
} from "./documents.ts";

const GOOD = item("<mm:duration>1000</mm:duration>", "good.mp3");
const on = (time: string) => `<ev:startdate>${time}</ev:startdate>`;

/** Each costs its item and nothing else; `item` stands on line 4. */
const LOST: [string, string, string][] = [
  ["item-without-url", "no URL", "<item><mm:duration>1</mm:duration></item>"],
  [
    "item-without-url",
    "a blank URL",
    item("<mm:duration>1</mm:duration>", " "),
  ],
  ["bad-url", "half a URL", item("<mm:duration>1</mm:duration>", "http://")],
  [
    "url-not-http",
    "a file URL",
    item("<mm:duration>1</mm:duration>", "file:///etc/passwd"),
  ],
  [
    "url-not-http",
    "a script",
    item("<mm:duration>1</mm:duration>", "javascript:alert(1)"),
  ],
  [
    "url-not-http",
    "a script in the enclosure",
    item(`<enc:enclosure rdf:resource="javascript:x"/>`),
  ],
  [
    "bad-duration",
    "a negative duration",
    item("<mm:duration>-1000</mm:duration>"),
  ],
  ["bad-duration", "no time at all", item("<mm:duration>0</mm:duration>")],
  [
    "bad-duration",
    "an absurd duration",
    item("<mm:duration>99999999999999999999</mm:duration>"),
  ],
  [
    "bad-duration",
    "a duration in words",
    item("<mm:duration>long</mm:duration>"),
  ],
  ["item-without-duration", "no duration in a rotation", item("")],
];

for (const [code, name, bad] of LOST) {
  Deno.test(`an item with ${name} is left out, told of with its line, and the rest stands`, async () => {
    const playlist = await parse(rss1(`${GOOD}\n${bad}\n${GOOD}`));
    assertEquals(codes(playlist), [`${code}:4`]);
    assertEquals(playlist.problems[0]?.severity, "error");
    assertEquals(playlist.items.map(({ line }) => line), [3, 5]);
  });
}

Deno.test("in a scheduled playlist, items without a time or with a bad one are left out", async () => {
  const playlist = await parse(rss1([
    item(on("2026-11-22T20:00:00Z")),
    item(on("2026-11-31T20:00:00Z")),
    item("<mm:duration>5</mm:duration>"),
    item(on("2026-11-22T21:00:00Z")),
  ].join("\n")));
  assertEquals(playlist.kind, "scheduled");
  assertEquals(codes(playlist), ["bad-date:4", "item-without-start:5"]);
  assertEquals(playlist.items.map(({ line }) => line), [3, 6]);
});

Deno.test("a single unreadable time makes no rotation of a scheduled playlist", async () => {
  const playlist = await parse(
    rss1(item(on("tomorrow") + "<mm:duration>5</mm:duration>")),
  );
  assertEquals(playlist.kind, "scheduled");
  assertEquals(codes(playlist), ["bad-date:3", "no-items"]);
});

Deno.test("times without zone, out of order or equal are told of and played", async () => {
  const playlist = await parse(rss1([
    item(on("2026-11-22T20:00:00")),
    item(on("2026-11-22T19:00:00Z")),
    item(on("2026-11-22T19:00:00Z")),
  ].join("\n")));
  assertEquals(codes(playlist), [
    "time-without-zone:3",
    "times-out-of-order:4",
    "same-start:5",
  ]);
  assert(playlist.problems.every(({ severity }) => severity === "warning"));
  assertEquals(playlist.items.length, 3);
});

Deno.test("a root counts only with a length, and only if it is one", async () => {
  const id = (text: string) =>
    `<mm:duration>1</mm:duration><dc:identifier>${text}</dc:identifier>`;
  const root = "ab".repeat(32);
  const length = `<enc:enclosure rdf:resource="a.mp3" enc:length="5"/>`;
  const playlist = await parse(rss1([
    item(id(`urn:tree:sha256:${root}`)),
    item(id("urn:tree:sha256:abc") + length),
    item(
      id("urn:isbn:1") +
        `<dc:identifier> urn:tree:sha256:${root} </dc:identifier>` + length,
    ),
    item(id("urn:isbn:1")),
    item(
      id(`urn:tree:sha256:${root}`) +
        `<enc:enclosure rdf:resource="a.mp3" enc:length="-5"/>`,
    ),
  ].join("\n")));
  assertEquals(playlist.items.map((it) => it.root), [
    undefined,
    undefined,
    root,
    undefined,
    undefined,
  ]);
  assertEquals(codes(playlist), [
    "root-without-length:3",
    "bad-root:4",
    "root-without-length:7",
    "bad-length:7",
  ]);
});

Deno.test("what is wrong in the channel is told of and costs no item", async () => {
  const playlist = await parse(rss1(
    GOOD,
    `<dc:date>soon</dc:date>
     <sy:updatePeriod>often</sy:updatePeriod><sy:updateBase>2026-01-01T00:00</sy:updateBase>
     <l:link l:rel="urn:alluvium:rel:gateway" rdf:resource="file:///x"/>`,
  ));
  assertEquals(codes(playlist), [
    "bad-update:3",
    "time-without-zone:3",
    "bad-gateway:4",
  ]);
  assertEquals(playlist.items.length, 1);
  assertEquals([playlist.updateIntervalMs, playlist.gateways], [undefined, []]);
  assertEquals(playlist.title, "radio.example");
});

Deno.test("control characters are taken out of titles, doubled names told of", async () => {
  const titled =
    `<item rdf:about="urn:x"><title>A\u007f\u0085\u009bB</title><link>a.mp3</link><mm:duration>1</mm:duration></item>`;
  const playlist = await parse(
    rss1(`${titled}\n${titled.replace(/<title>.*<\/title>/, "")}`),
  );
  assertEquals(playlist.items[0]?.title, "A B");
  assertEquals(codes(playlist), ["control-characters:3", "duplicate-about:4"]);
});

Deno.test("a doubled name is told of after names that are URL#TIME in order", async () => {
  const airing = (about: string, time: string) =>
    `<item rdf:about="${about}"><link>https://radio.example/a.mp3</link><ev:startdate>${time}</ev:startdate><mm:duration>1</mm:duration></item>`;
  const named = (time: string) =>
    airing(`https://radio.example/a.mp3#${time}`, time);
  const [first, second] = ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"];
  const again = await parse(rss1([first, second, first].map(named).join("\n")));
  assertEquals(codes(again), ["duplicate-about:5", "times-out-of-order:5"]);
  const odd = airing(
    `https://radio.example/a.mp3#${first}`,
    "2026-01-01T00:10:00Z",
  );
  const other = await parse(rss1(`${named(first)}\n${named(second)}\n${odd}`));
  assertEquals(codes(other), ["duplicate-about:5"]);
});

Deno.test("a playlist that says another encoding than UTF-8 is told of", async () => {
  const document = rss1(GOOD).replace(
    'encoding="UTF-8"',
    'encoding="ISO-8859-1"',
  );
  assertEquals(codes(await parse(document)), ["encoding:1"]);
});

Deno.test("a playlist without items is read, and an error is told", async () => {
  for (const document of [rss1(""), rss2(""), "<rss/>"]) {
    const playlist = await parse(document);
    assertEquals(codes(playlist), ["no-items"]);
    assertEquals(playlist.problems[0]?.severity, "error");
  }
});

Deno.test("what is not XML is refused with URL, line and column", async () => {
  const documents = [
    "This is no playlist",
    "#EXTM3U\na.mp3\n",
    "<rss><channel></rss>",
    "<rss>\n <channel",
    "<rss></rss><rss></rss>",
    "<rss>&undefined;</rss>",
    "<rss><a:b/></rss>",
    "\u0000\u0001\u0002",
    '{"items": []}',
  ];
  for (const document of documents) {
    const error = await parseError(document);
    assertEquals(error.code, "playlist-syntax", document);
    assertEquals(error.place.url, HOME);
    assert(
      error.place.line! >= 1 && error.place.column! >= 1,
      error.describe(),
    );
    assertStringIncludes(error.describe(), `${HOME}:${error.place.line}:`);
  }
});

Deno.test("an empty playlist is called empty", async () => {
  for (const document of ["", " \r\n\t", "\ufeff"]) {
    const error = await parseError(document);
    assertEquals([error.code, error.message], [
      "playlist-syntax",
      "The playlist is empty",
    ]);
    assertEquals(error.place.line, 1);
  }
});

Deno.test("XML that is not RSS is refused as that", async () => {
  const documents = [
    "<html><body/></html>",
    "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "<feed xmlns='http://www.w3.org/2005/Atom'/>",
    "<RDF/>",
    "<rss xmlns='http://other.example/'/>",
  ];
  for (const document of documents) {
    const error = await parseError("\n " + document);
    assertEquals(
      [error.code, error.place.line],
      ["playlist-invalid", 2],
      document,
    );
  }
});

Deno.test("a DOCTYPE is refused, and with it every entity bomb", async () => {
  const laughs = `<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rss><channel><title>&b;</title></channel></rss>`;
  for (
    const document of [
      laughs,
      "<!DOCTYPE html><html></html>",
      '<!DOCTYPE rss SYSTEM "file:///etc/passwd"><rss/>',
    ]
  ) {
    const error = await parseError(document);
    assertEquals(error.code, "playlist-syntax");
    assertStringIncludes(error.message, "DOCTYPE");
    assert(error.place.line! <= 2);
  }
});

Deno.test("any bytes and any damage to a playlist end in a Playlist or an AlluviumError", async () => {
  const whole = new TextEncoder().encode(
    rss1(LOST.map(([, , bad]) => bad).join("\n") + GOOD),
  );
  const damage = fc.record({
    at: fc.nat(whole.length - 1),
    drop: fc.nat(20),
    add: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.constantFrom(
        "<",
        "</item>",
        "&#0;",
        "]]>",
        "<![CDATA[",
        "<!--",
        "xmlns=''",
        "&lt;",
      ).map((x) => new TextEncoder().encode(x)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, drop, add }) => {
      const broken = new Uint8Array([
        ...whole.subarray(0, at),
        ...add,
        ...whole.subarray(at + drop),
      ]);
      await readsOrRefuses(broken);
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), readsOrRefuses),
    { numRuns: 100 },
  );
});

async function readsOrRefuses(bytes: Uint8Array): Promise<void> {
  try {
    const playlist = await parsePlaylist(pieces(bytes), HOME);
    assert(playlist.items.every(({ url }) => /^https?:/.test(url)));
  } catch (error) {
    assert(error instanceof AlluviumError, String(error));
    assert(error.code.startsWith("playlist-"));
  }
}
