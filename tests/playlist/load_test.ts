import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  PLAYLIST_BYTES_MAX,
  PLAYLIST_IDLE_MS_MAX,
  PLAYLIST_LOAD_MS_MAX,
  PLAYLIST_REDIRECTS_MAX,
} from "../../lib/limits.ts";
import { PlaylistSource } from "../../lib/playlist/mod.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";
import { HOME, item, rss1 } from "./documents.ts";

const GOOD = rss1(item("<mm:duration>1000</mm:duration>"));
const BETTER = rss1(item("<mm:duration>2000</mm:duration>"));
const random = () => 0.5;

type Answer = (request: Request) => Response | Promise<Response>;

/** A web server of a list of answers, the last one again and again. */
function server(...answers: Answer[]) {
  const requests: Request[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request);
    const answer = answers[Math.min(requests.length, answers.length) - 1]!;
    return await answer(request);
  };
  return { requests, fetch };
}

const says = (body: string, headers: HeadersInit = {}): Answer => () =>
  new Response(body, { headers });
const status = (code: number, headers: HeadersInit = {}): Answer => () =>
  new Response(null, { status: code, headers });

/** A source over a fake server and a fake clock, and what it logs. */
function source(fetch: typeof globalThis.fetch, clock = new FakeClock()) {
  const lines: string[] = [];
  const log = (_level: string, message: string) => void lines.push(message);
  return {
    clock,
    lines,
    source: new PlaylistSource(HOME, { clock, fetch, random, log }),
  };
}

function refused(promise: Promise<unknown>): Promise<AlluviumError> {
  return assertRejects(() => promise, AlluviumError);
}

Deno.test("PlaylistSource asks with validators, and a 304 keeps the same playlist", async () => {
  const modified = "Sun, 22 Nov 2026 20:00:00 GMT";
  const web = server(
    says(GOOD, { etag: '"1"', "last-modified": modified }),
    status(304),
  );
  const { source: station, clock } = source(web.fetch);
  const first = await station.refresh();
  const second = await station.refresh();
  assertEquals([first.changed, second.changed], [true, false]);
  assertStrictEquals(second.playlist, first.playlist);
  assertEquals(web.requests[0]!.headers.get("if-none-match"), null);
  assertEquals(web.requests[1]!.headers.get("if-none-match"), '"1"');
  assertEquals(web.requests[1]!.headers.get("if-modified-since"), modified);
  assertEquals(clock.waiting, 0);
});

Deno.test("PlaylistSource knows an unchanged document without any validator", async () => {
  const { source: station } = source(
    server(says(GOOD), says(GOOD), says(BETTER)).fetch,
  );
  const first = await station.refresh();
  const second = await station.refresh();
  assertStrictEquals(second.playlist, first.playlist);
  assertEquals((await station.refresh()).changed, true);
  assertEquals(station.playlist?.items[0]?.durationMs, 2000);
});

Deno.test("PlaylistSource keeps the last good version of a broken playlist, and says so once per try", async () => {
  const web = server(
    says(GOOD, { etag: '"1"' }),
    says("<html/>", { etag: '"2"' }),
    status(304),
    says(BETTER),
  );
  const { source: station, lines } = source(web.fetch);
  const first = await station.refresh();
  const broken = await station.refresh();
  assertStrictEquals(broken.playlist, first.playlist);
  assertEquals([broken.error?.code, broken.waitMs], ["playlist-invalid", 5000]);
  // The broken version is not fetched again, and stays broken.
  const still = await station.refresh();
  assertEquals(web.requests[2]!.headers.get("if-none-match"), '"2"');
  assertEquals([still.error?.code, still.waitMs], ["playlist-invalid", 10_000]);
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[0]!, `${HOME}:1:1: `);
  assertStringIncludes(lines[0]!, "the last good version stays");
  const mended = await station.refresh();
  assertEquals([mended.error, mended.changed], [undefined, true]);
});

Deno.test("PlaylistSource survives a dead origin, and throws only while there is no good version", async () => {
  const dead: Answer = () => {
    throw new TypeError("connection refused");
  };
  const { source: station } = source(
    server(dead, says(GOOD), dead, status(503, { "retry-after": "60" })).fetch,
  );
  const error = await refused(station.refresh());
  assertEquals(error.code, "playlist-unreachable");
  assertEquals(
    error.describe(),
    `${HOME}: Cannot fetch the playlist: connection refused`,
  );
  await station.refresh();
  assertEquals((await station.refresh()).waitMs, 5000);
  const later = await station.refresh();
  assertStringIncludes(later.error!.message, "503");
  assertEquals(later.waitMs, 60_000);
});

Deno.test("PlaylistSource resolves relative URLs against where redirects lead", async () => {
  const web = server(
    status(301, { location: "https://cdn.example/x/p.rss" }),
    status(302, { location: "q.rss" }),
    says(GOOD),
  );
  const { playlist } = await source(web.fetch).source.refresh();
  assertEquals(web.requests.map(({ url }) => url), [
    HOME,
    "https://cdn.example/x/p.rss",
    "https://cdn.example/x/q.rss",
  ]);
  assertEquals(playlist.items[0]?.url, "https://cdn.example/x/a.mp3");
});

Deno.test("PlaylistSource follows PLAYLIST_REDIRECTS_MAX redirects and not one more", async () => {
  const web = server(status(302, { location: "/again" }));
  const error = await refused(source(web.fetch).source.refresh());
  assertStringIncludes(error.message, "redirects");
  assertEquals(web.requests.length, PLAYLIST_REDIRECTS_MAX + 1);
});

Deno.test("PlaylistSource is not led to anything but http and https", async () => {
  for (
    const location of ["file:///etc/passwd", "data:text/xml,<rss/>", "http://"]
  ) {
    const error = await refused(
      source(server(status(302, { location })).fetch).source.refresh(),
    );
    assertEquals(error.code, "url-forbidden", location);
  }
  for (
    const location of [
      "javascript:alert(1)",
      "ftp://a.example/p.rss",
      "data:,x",
    ]
  ) {
    const thrown = assertThrows(
      () => new PlaylistSource(location, { random }),
      AlluviumError,
    );
    assertEquals(thrown.code, "url-forbidden");
  }
});

Deno.test("PlaylistSource refuses an answer that says it is past PLAYLIST_BYTES_MAX", async () => {
  const huge = says("<rss/>", {
    "content-length": String(PLAYLIST_BYTES_MAX + 1),
  });
  const error = await refused(source(server(huge).fetch).source.refresh());
  assertEquals(error.code, "playlist-too-large");
});

Deno.test("PlaylistSource gives up a server that is silent for PLAYLIST_IDLE_MS_MAX", async () => {
  const silent: Answer = (request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () =>
        reject(request.signal.reason));
    });
  const { source: station, clock } = source(server(silent).fetch);
  const refusal = refused(station.refresh());
  await clock.advance(PLAYLIST_IDLE_MS_MAX);
  assertStringIncludes((await refusal).message, "did not go on for 15 s");
  assertEquals(clock.waiting, 0);
});

Deno.test("PlaylistSource gives up a server that drips for PLAYLIST_LOAD_MS_MAX", async () => {
  const clock = new FakeClock();
  const drip: Answer = (request) => {
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await clock.sleep(PLAYLIST_IDLE_MS_MAX - 1, request.signal);
        controller.enqueue(new TextEncoder().encode(" "));
      },
    });
    return new Response(body);
  };
  const refusal = refused(source(server(drip).fetch, clock).source.refresh());
  await clock.advance(PLAYLIST_LOAD_MS_MAX);
  assertStringIncludes((await refusal).message, "it took longer than 135 s");
  assertEquals(clock.waiting, 0);
});

Deno.test("PlaylistSource stops when it is told to, with the reason it is given", async () => {
  const silent: Answer = (request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () =>
        reject(request.signal.reason));
    });
  const { source: station, clock } = source(server(silent).fetch);
  const abort = new AbortController();
  const reason = new Error("enough");
  const end = station.refresh(abort.signal).catch((error) => error);
  await settle();
  abort.abort(reason);
  assertStrictEquals(await end, reason);
  assertEquals(clock.waiting, 0);
});

Deno.test("PlaylistSource tells the server's time, but not that of a cache", async () => {
  const date = "Thu, 01 Jan 2026 00:00:07 GMT";
  const web = server(
    says(GOOD, { date }),
    says(GOOD, { date, age: "30" }),
    says(GOOD, { date: "now" }),
  );
  const { source: station, clock } = source(web.fetch);
  assertEquals((await station.refresh()).serverTime, {
    kind: "date",
    serverMs: Date.UTC(2026, 0, 1, 0, 0, 7),
    sentMs: clock.now(),
    receivedMs: clock.now(),
  });
  assertEquals((await station.refresh()).serverTime, undefined);
  assertEquals((await station.refresh()).serverTime, undefined);
});

Deno.test("PlaylistSource.watch() waits between readings as the playlist asks", async () => {
  const paced = rss1(
    item("<mm:duration>1</mm:duration>"),
    "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>60</sy:updateFrequency>",
  );
  const web = server(says(paced));
  const { source: station, clock } = source(web.fetch);
  const abort = new AbortController();
  const seen: number[] = [];
  const watching = (async () => {
    for await (const { waitMs } of station.watch(abort.signal)) {
      seen.push(waitMs);
    }
  })().catch((error) => error);
  await clock.advance(150_000);
  assertEquals([seen, web.requests.length], [[60_000, 60_000, 60_000], 3]);
  abort.abort(new Error("enough"));
  assertEquals((await watching).message, "enough");
});

Deno.test("PlaylistSource reads a file again only when it was changed", async () => {
  await using folder = await tempFolder();
  const file = await folder.write("p l.rss", GOOD);
  const station = new PlaylistSource(file, { random });
  const first = await station.refresh();
  assert(first.playlist.url.endsWith("/p%20l.rss"));
  assert(first.playlist.items[0]?.url.startsWith("file:///"));
  assertEquals((await station.refresh()).changed, false);
  await folder.write("p l.rss", GOOD + " <!-- later -->");
  assertEquals((await station.refresh()).changed, true);
  const byUrl = new PlaylistSource(station.url.href, { random });
  assertEquals((await byUrl.refresh()).playlist.items.length, 1);
});

Deno.test("PlaylistSource names a file that is missing, broken or none by its path", async () => {
  await using folder = await tempFolder();
  const missing = await refused(
    new PlaylistSource(folder.file("no.rss"), { random }).refresh(),
  );
  assertEquals([missing.code, missing.place.file], [
    "not-found",
    folder.file("no.rss"),
  ]);
  const file = await folder.write("bad.rss", "<rss>\n<oops");
  const broken = await refused(new PlaylistSource(file, { random }).refresh());
  assertEquals([broken.code, broken.place.file, broken.place.line], [
    "playlist-syntax",
    file,
    2,
  ]);
  const none = await refused(
    new PlaylistSource(folder.path, { random }).refresh(),
  );
  assertStringIncludes(none.message, "wanted a file");
});

Deno.test("PlaylistSource reads from a real server, through redirects", async () => {
  const abort = new AbortController();
  const web = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    signal: abort.signal,
    onListen() {},
  }, (request) => {
    if (new URL(request.url).pathname === "/old") {
      return new Response("gone on", {
        status: 301,
        headers: { location: "/new/p.rss" },
      });
    }
    if (request.headers.get("if-none-match") === '"1"') {
      return new Response(null, { status: 304 });
    }
    return new Response(GOOD, {
      headers: { etag: '"1"', "cache-control": "max-age=30" },
    });
  });
  const address = `http://127.0.0.1:${web.addr.port}`;
  const station = new PlaylistSource(`${address}/old`, { random });
  const first = await station.refresh();
  assertEquals(first.playlist.items[0]?.url, `${address}/new/a.mp3`);
  assertEquals(first.waitMs, 30_000);
  assert(
    Math.abs(first.serverTime!.serverMs - first.serverTime!.sentMs) < 5000,
  );
  assertEquals((await station.refresh()).changed, false);
  abort.abort();
  await web.finished;
});
