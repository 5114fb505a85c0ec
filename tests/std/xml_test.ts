/**
 * What we use of `@std/xml`, on whichever import map the tests run: the
 * callbacks, their order, the places of things, and what is refused. The same
 * with every way of cutting the text into chunks.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  type ParseStreamOptions,
  parseXmlStream,
  parseXmlStreamFromBytes,
  type XmlEventCallbacks,
  XmlSyntaxError,
} from "@std/xml";

type Event = (string | number | boolean | undefined | unknown[])[];

function recorder(events: Event[]): XmlEventCallbacks {
  const record = (name: string) => (...rest: (string | number | undefined)[]) =>
    void events.push([name, ...rest]);
  return {
    onDeclaration: record("declaration"),
    onStartElement(name, colonIndex, uri, attributes, selfClosing, ...place) {
      const list = Array.from({ length: attributes.count }, (_, index) => [
        attributes.getName(index),
        attributes.getValue(index),
        attributes.getColonIndex(index),
        attributes.getUri(index),
      ]);
      events.push([
        "start",
        name,
        colonIndex,
        uri,
        list,
        selfClosing,
        ...place,
      ]);
    },
    onEndElement: record("end"),
    onText: record("text"),
    onCData: record("cdata"),
    onComment: record("comment"),
    onProcessingInstruction: record("pi"),
  };
}

async function* chunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) {
    yield text.slice(at, at + size);
  }
}

async function parse(
  text: string,
  options: ParseStreamOptions = { trackPosition: true },
  size = Infinity,
): Promise<Event[]> {
  const events: Event[] = [];
  await parseXmlStream(chunks(text, size), recorder(events), options);
  return events;
}

/** Where the parser stops, with every way of cutting. */
async function failsAt(text: string): Promise<[number, number, number]> {
  const places = new Set<string>();
  for (const size of [1, 3, 1000]) {
    const error = await assertRejects(
      () => parse(text, { trackPosition: true }, size),
      XmlSyntaxError,
    );
    places.add(`${error.line} ${error.column} ${error.offset}`);
  }
  assertEquals(places.size, 1, [...places].join(" or "));
  const [line, column, offset] = [...places][0]!.split(" ").map(Number);
  return [line!, column!, offset!];
}

const DOCUMENT = `<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/"
  xmlns:rdf="urn:rdf">
  <!-- note -->
  <item rdf:about="a&amp;b#1"><title>Q &lt; A</title></item>
  <enc url='x' /><![CDATA[raw <b>]]>
</rdf:RDF>
`;

const EVENTS: Event[] = [
  ["declaration", "1.0", "UTF-8", undefined, 1, 1, 0],
  ["text", "\n", 1, 39, 38],
  [
    ...["start", "rdf:RDF", 3, "urn:rdf"],
    [
      ["xmlns", "http://purl.org/rss/1.0/", -1, undefined],
      ["xmlns:rdf", "urn:rdf", 5, undefined],
    ],
    ...[false, 2, 1, 39],
  ],
  ["text", "\n  ", 3, 23, 103],
  ["comment", " note ", 4, 3, 106],
  ["text", "\n  ", 4, 16, 119],
  [
    ...["start", "item", -1, undefined],
    [["rdf:about", "a&b#1", 3, "urn:rdf"]],
    ...[false, 5, 3, 122],
  ],
  ["start", "title", -1, undefined, [], false, 5, 31, 150],
  ["text", "Q < A", 5, 38, 157],
  ["end", "title", -1, undefined, 5, 46, 165],
  ["end", "item", -1, undefined, 5, 54, 173],
  ["text", "\n  ", 5, 61, 180],
  [
    ...["start", "enc", -1, undefined],
    [["url", "x", -1, undefined]],
    ...[true, 6, 3, 183],
  ],
  ["end", "enc", -1, undefined, 6, 3, 183],
  ["cdata", "raw <b>", 6, 18, 198],
  ["text", "\n", 6, 37, 217],
  ["end", "rdf:RDF", 3, "urn:rdf", 7, 1, 218],
  ["text", "\n", 7, 11, 228],
];

for (const size of [1, 2, 7, 64, 10_000]) {
  Deno.test(`xml: events and places in chunks of ${size}`, async () => {
    assertEquals(await parse(DOCUMENT, { trackPosition: true }, size), EVENTS);
  });
}

Deno.test("xml: bytes cut within a character", async () => {
  const bytes = new TextEncoder().encode("<t>né 日本 🎵</t>");
  let text = "";
  await parseXmlStreamFromBytes(
    ReadableStream.from(bytes).pipeThrough(
      new TransformStream<number, Uint8Array>({
        transform: (byte, controller) =>
          controller.enqueue(Uint8Array.of(byte)),
      }),
    ),
    { onText: (piece) => void (text += piece) },
  );
  assertEquals(text, "né 日本 🎵");
});

Deno.test("xml: a byte order mark is no text", async () => {
  const names: string[] = [];
  await parseXmlStreamFromBytes(
    ReadableStream.from([new TextEncoder().encode("\uFEFF<r/>")]),
    { onStartElement: (name) => void names.push(name) },
  );
  assertEquals(names, ["r"]);
});

Deno.test("xml: line ends count as one, however written", async () => {
  const texts = (await parse("<r>a\r\nb\rc\n<x/></r>"))
    .filter(([name]) => name === "text");
  assertEquals(texts, [["text", "a\nb\nc\n", 1, 4, 3]]);
  const start = (await parse("<r>a\r\nb\rc\n<x/></r>"))
    .find(([, name]) => name === "x");
  assertEquals(start?.slice(-3), [4, 1, 9]);
});

Deno.test("xml: character references and the five entities", async () => {
  const events = await parse(
    "<r a='&#10;&quot;&apos;'>&#65;&#x1F3B5;&gt;&amp;</r>",
  );
  assertEquals(events[0]?.[4], [["a", "\n\"'", -1, undefined]]);
  assertEquals(events[1]?.[1], "A🎵>&");
});

Deno.test("xml: prefixes go out of scope with their element", async () => {
  const events = await parse(
    "<r xmlns:p='one'><p:a xmlns:p='two'/><p:b/></r>",
  );
  const uris = events.filter(([name]) => name === "start").map((e) => e[3]);
  assertEquals(uris, [undefined, "two", "one"]);
});

Deno.test("xml: without trackPosition every place is the first", async () => {
  const events = await parse("<r>\n<a/></r>", {});
  assertEquals(events.map((event) => event.slice(-3)), [
    ...Array.from({ length: 5 }, () => [1, 1, 0]),
  ]);
});

Deno.test("xml: options leave out what they say", async () => {
  const text = "<r> <!-- c --><?pi x?> a<![CDATA[b]]></r>";
  const events = await parse(text, {
    ignoreWhitespace: true,
    ignoreComments: true,
    ignoreProcessingInstructions: true,
    coerceCDataToText: true,
  });
  const names = events.map(([name, what]) => `${name} ${what}`);
  assertEquals(names, ["start r", "text  a", "text b", "end r"]);
});

/** Malformed documents and where the parser says so: line, column, offset. */
const MALFORMED: [name: string, text: string, place: number[]][] = [
  ["a wrong end tag", "<r>\n <a>\n</r>", [3, 1, 9]],
  ["a missing end tag", "<r>\n <a>", [2, 2, 5]],
  ["an end tag too many", "<r/></r>", [1, 5, 4]],
  ["an end tag alone", "</r>", [1, 1, 0]],
  ["two roots", "<r/><r/>", [1, 5, 4]],
  ["no root", "", [0, 0, 0]],
  ["only space", " \n", [0, 0, 0]],
  ["text before the root", "hello", [1, 1, 0]],
  ["JSON", '{"a":1}', [1, 1, 0]],
  ["text after the root", "<r/>x", [1, 5, 4]],
  ["a bare <", "<r>\n\n a < b</r>", [3, 5, 9]],
  ["a name that starts with a digit", "<1/>", [1, 2, 1]],
  ["an attribute without quotes", "<r a=1/>", [1, 6, 5]],
  ["an attribute without a value", "<r><a b></a></r>", [1, 8, 7]],
  ["the same attribute twice", "<r><a b='1' b='2'/></r>", [1, 4, 3]],
  ["< in an attribute", "<r a='<'/>", [1, 7, 6]],
  ["an unknown prefix", "<r><p:q/></r>", [1, 4, 3]],
  ["an unknown prefix of an attribute", "<r p:a='1'/>", [1, 1, 0]],
  ["a control character", "<r>\u0001</r>", [1, 4, 3]],
  ["words in an end tag", "<r></r x>", [1, 8, 7]],
  ["an end within a tag", "<r>\n<a", [2, 3, 6]],
  ["an end within an attribute", "<r\n a='x", [2, 6, 8]],
  ["an end within a comment", "<r>\n<!-- ", [2, 6, 9]],
  ["an end within CDATA", "<r><![CDATA[x", [1, 14, 13]],
  ["a web page", "<html><br></html>", [1, 11, 10]],
  ["a DOCTYPE", "<!DOCTYPE html><html/>", [1, 10, 9]],
];

for (const [name, text, place] of MALFORMED) {
  Deno.test(`xml: ${name} is a syntax error with its place`, async () => {
    assertEquals(await failsAt(text), place as [number, number, number]);
  });
}

Deno.test("xml: an unknown entity or a bare & is an error", async () => {
  for (const text of ["<r>&nope;</r>", "<r>a & b</r>", "<r a='1&2'/>"]) {
    const error = await assertRejects(() => parse(text));
    assertInstanceOf(error, Error);
    assert(
      !(error instanceof XmlSyntaxError),
      "a plain Error, without a place",
    );
  }
});

Deno.test("xml: a DOCTYPE is refused before it is read", async () => {
  let pulled = 0;
  async function* endless() {
    yield "<!DOCTYPE r [";
    while (true) {
      if (++pulled > 10) throw new Error("Read on");
      yield '<!ENTITY a "aaaaaaaaaa">';
    }
  }
  const error = await assertRejects(() => parseXmlStream(endless(), {}));
  assertInstanceOf(error, XmlSyntaxError);
  assertEquals(pulled, 0);
});

Deno.test("xml: a DOCTYPE is passed over where it is allowed", async () => {
  const seen: unknown[] = [];
  const text = '<!DOCTYPE r SYSTEM "r.dtd" [<!ENTITY x "y">]><r/>';
  await parseXmlStream(chunks(text, Infinity), {
    onDoctype: (name, publicId, systemId) =>
      void seen.push(name, publicId, systemId),
    onStartElement: (name) => void seen.push(name),
  }, { disallowDoctype: false });
  assertEquals(seen, ["r", undefined, "r.dtd", "r"]);
});

Deno.test("xml: depth and attributes have limits", async () => {
  await parse("<a><b><c/></b></a>", { maxDepth: 2 });
  const deep = () => parse("<a><b><c></c></b></a>", { maxDepth: 2 });
  await assertRejects(deep, XmlSyntaxError, "exceeds limit of 2");
  await parse("<a b='1' c='2'/>", { maxAttributes: 2 });
  const wide = () => parse("<a b='1' c='2' d='3'/>", { maxAttributes: 2 });
  await assertRejects(wide, XmlSyntaxError, "exceeds limit of 2");
});

Deno.test("xml: what a callback throws comes through", async () => {
  const stop = new Error("stop");
  const parsing = parseXmlStream(chunks("<r>", 1), {
    onStartElement: () => {
      throw stop;
    },
  });
  assertEquals(await parsing.catch((error) => error), stop);
});
