/**
 * What we use of `@std/http`, on whichever import map the tests run: the file
 * server and the helpers around entity tags and negotiation.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  accepts,
  acceptsEncodings,
  eTag,
  ifMatch,
  ifNoneMatch,
  serveDir,
  type ServeDirOptions,
  serveFile,
  ServerSentEventStream,
  STATUS_CODE,
  STATUS_TEXT,
} from "@std/http";
import { type TempFolder, tempFolder } from "../support/temp.ts";

async function site(): Promise<TempFolder> {
  const folder = await tempFolder();
  await folder.write("a b.mp3", "0123456789");
  await folder.write("empty.txt", "");
  await folder.write("sub/index.html", "<p>index");
  await folder.write(".hidden", "secret");
  await folder.write("playlist.rss", "<rss/>");
  return folder;
}

function request(path: string, init: RequestInit = {}): Request {
  return new Request(`http://radio.example${path}`, init);
}

/** Status, chosen headers and body of an answer from a fresh site. */
async function answer(
  path: string,
  init: RequestInit = {},
  options: ServeDirOptions = {},
): Promise<{ status: number; headers: Headers; body: string }> {
  await using folder = await site();
  const response = await serveDir(request(path, init), {
    fsRoot: folder.path,
    quiet: true,
    ...options,
  });
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
}

function ranged(range: string, headers: Record<string, string> = {}) {
  return answer("/a%20b.mp3", { headers: { range, ...headers } });
}

Deno.test("http: a file with its type, length, tag and date", async () => {
  const { status, headers, body } = await answer("/a%20b.mp3");
  assertEquals([status, body], [200, "0123456789"]);
  assertEquals(headers.get("content-type"), "audio/mpeg");
  assertEquals(headers.get("content-length"), "10");
  assertEquals(headers.get("accept-ranges"), "bytes");
  assertMatch(headers.get("etag") ?? "", /^W\/"/);
  assert(headers.has("last-modified"));
});

Deno.test("http: HEAD says the same without a body", async () => {
  const { status, headers, body } = await answer("/a%20b.mp3", {
    method: "HEAD",
  });
  assertEquals([status, body], [200, ""]);
  assertEquals(headers.get("content-length"), "10");
});

/** A `Range`, and the status, `Content-Range` and body it gets. */
const RANGES: [
  range: string,
  status: number,
  part: string | null,
  body: string,
][] = [
  ["bytes=2-4", 206, "bytes 2-4/10", "234"],
  ["bytes=0-0", 206, "bytes 0-0/10", "0"],
  ["bytes=7-", 206, "bytes 7-9/10", "789"],
  ["bytes=-3", 206, "bytes 7-9/10", "789"],
  ["bytes=-30", 206, "bytes 0-9/10", "0123456789"],
  ["bytes=5-500", 206, "bytes 5-9/10", "56789"],
  ["bytes=10-", 416, "bytes */10", STATUS_TEXT[416]],
  ["bytes=5-4", 416, "bytes */10", STATUS_TEXT[416]],
  ["bytes=0-1,3-4", 200, null, "0123456789"],
  ["chunks=1-2", 200, null, "0123456789"],
];

for (const [range, status, part, body] of RANGES) {
  Deno.test(`http: Range: ${range} gets ${status}`, async () => {
    const got = await ranged(range);
    const of = got.headers.get("content-range");
    assertEquals([got.status, of, got.body], [status, part, body]);
    if (status !== 416) {
      assertEquals(got.headers.get("content-length"), `${body.length}`);
    }
  });
}

Deno.test("http: a range of an empty file is ignored", async () => {
  const got = await answer("/empty.txt", { headers: { range: "bytes=0-0" } });
  assertEquals([got.status, got.body], [200, ""]);
});

Deno.test("http: an unchanged file is not sent again", async () => {
  await using folder = await site();
  const path = folder.file("a b.mp3");
  const ask = async (headers: Record<string, string>) => {
    const response = await serveFile(request("/", { headers }), path);
    await response.body?.cancel();
    return response;
  };
  const first = await ask({});
  const etag = first.headers.get("etag")!;
  const date = first.headers.get("last-modified")!;
  assertEquals((await ask({ "if-none-match": etag })).status, 304);
  assertEquals((await ask({ "if-none-match": '"other"' })).status, 200);
  assertEquals((await ask({ "if-modified-since": date })).status, 304);
  const old = new Date(0).toUTCString();
  assertEquals((await ask({ "if-modified-since": old })).status, 200);
  const both = { "if-none-match": '"other"', "if-modified-since": date };
  assertEquals((await ask(both)).status, 200);
});

Deno.test("http: what is not there, hidden or outside is 404", async () => {
  for (const path of ["/no.mp3", "/.hidden", "/%2e%2e/etc/passwd", "/sub/x"]) {
    const { status, body } = await answer(path);
    assertEquals([status, body], [404, STATUS_TEXT[404]], path);
  }
  const shown = await answer("/.hidden", {}, { showDotfiles: true });
  assertEquals(shown.body, "secret");
});

Deno.test("http: other methods are 405", async () => {
  const { status } = await answer("/a%20b.mp3", { method: "PUT", body: "x" });
  assertEquals(status, 405);
  await using folder = await site();
  const response = await serveFile(
    request("/", { method: "POST", body: "x" }),
    folder.file("a b.mp3"),
  );
  assertEquals(response.status, 405);
});

Deno.test("http: a folder answers with its index, at its slash", async () => {
  assertEquals((await answer("/sub/")).body, "<p>index");
  const redirect = await answer("/sub?x=1");
  assertEquals(redirect.status, 301);
  assertEquals(
    redirect.headers.get("location"),
    "http://radio.example/sub/?x=1",
  );
  assertEquals((await answer("/playlist.rss/")).status, 301);
  assertEquals((await answer("/sub/", {}, { showIndex: false })).status, 404);
  assertEquals((await answer("/")).status, 404);
});

Deno.test("http: added headers, CORS and a stripped root", async () => {
  const { status, headers } = await answer("/media/playlist.rss", {}, {
    urlRoot: "media",
    enableCors: true,
    headers: ["x-one: 1:2"],
  });
  assertEquals(status, 200);
  assertEquals(headers.get("access-control-allow-origin"), "*");
  assertEquals(headers.get("x-one"), "1:2");
  assertEquals((await answer("/x", {}, { urlRoot: "media" })).status, 404);
});

Deno.test("http: entity tags of bytes and files", async () => {
  const tag = await eTag("hello");
  assertEquals(await eTag(new TextEncoder().encode("hello")), tag);
  assertMatch(tag, /^"5-/);
  const file = { mtime: new Date(1000), size: 5 };
  assertMatch(await eTag(file) ?? "", /^W\/"/);
  assertMatch(await eTag(file, { weak: false }) ?? "", /^"/);
});

Deno.test("http: conditions on entity tags", () => {
  assertEquals(ifNoneMatch(null, '"a"'), true);
  assertEquals(ifNoneMatch('"b", W/"a"', '"a"'), false);
  assertEquals(ifNoneMatch("*", '"a"'), false);
  assertEquals(ifMatch('"a"', '"a"'), true);
  assertEquals(ifMatch('"b"', '"a"'), false);
});

Deno.test("http: negotiation", () => {
  const asked = request("/", {
    headers: {
      accept: "text/html;q=0.5, application/json",
      "accept-encoding": "gzip, br;q=0.9",
    },
  });
  assertEquals(accepts(asked), ["application/json", "text/html"]);
  assertEquals(accepts(asked, "text/html", "text/plain"), "text/html");
  assertEquals(accepts(asked, "image/png"), undefined);
  assertEquals(acceptsEncodings(asked, "br", "identity"), "br");
});

Deno.test("http: status codes by name and their phrases", () => {
  assertEquals([STATUS_CODE.OK, STATUS_CODE.RangeNotSatisfiable], [200, 416]);
  assertEquals(STATUS_TEXT[STATUS_CODE.NotFound], "Not Found");
});

Deno.test("http: server-sent events", async () => {
  const stream = ReadableStream.from([
    { event: "now", data: "a\nb", id: 7 },
    { comment: "awake", retry: 1000 },
  ]).pipeThrough(new ServerSentEventStream());
  assertEquals(
    await new Response(stream).text(),
    "event:now\ndata:a\ndata:b\nid:7\n\n:awake\nretry:1000\n\n",
  );
});
