import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError, type ErrorCode } from "../../lib/errors.ts";
import { systemClock } from "../../lib/clock.ts";
import { FETCH_STALL_MS } from "../../lib/limits.ts";
import { fetchRange, probeOrigin } from "../../lib/peer/range_fetch.ts";
import { BadOrigin } from "../support/bad_origin.ts";
import { FakeClock } from "../support/fakeclock.ts";

const FILE = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

type Answer = (request: Request) => Response | Promise<Response>;

/** Serves `answer` on loopback while `use` runs. */
async function serving(
  answer: Answer,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  try {
    await use(`http://127.0.0.1:${server.addr.port}/a.mp3`);
  } finally {
    await server.shutdown();
  }
}

/** Reads bytes 100 to 300 and says where the body began and what came. */
async function read(url: string, clock = systemClock) {
  const parts: Uint8Array[] = [];
  let offset = -1;
  await fetchRange({
    url,
    start: 100,
    end: 300,
    length: FILE.length,
    clock,
    signal: new AbortController().signal,
    started: (at) => offset = at,
    data: (bytes) => parts.push(bytes.slice()),
  });
  return { offset, bytes: await new Blob(parts as BlobPart[]).bytes() };
}

const ranged: Answer = () =>
  new Response(FILE.slice(100, 300), {
    status: 206,
    headers: { "content-range": "bytes 100-299/1000" },
  });

Deno.test("a server that knows Range is asked for the range alone", async () => {
  await serving((request) => {
    assertEquals(request.headers.get("range"), "bytes=100-299");
    return ranged(request);
  }, async (url) => {
    const { offset, bytes } = await read(url);
    assertEquals(offset, 100);
    assertEquals(bytes, FILE.slice(100, 300));
  });
});

Deno.test("a server that knows no Range is read from the beginning", async () => {
  await serving(() => new Response(FILE.slice()), async (url) => {
    const { offset, bytes } = await read(url);
    assertEquals(offset, 0);
    assertEquals(bytes, FILE);
  });
});

const BAD_ANSWERS: [string, ErrorCode, Answer][] = [
  ["404", "media-rejected", () => new Response("no", { status: 404 })],
  ["503", "media-unreachable", () => new Response("no", { status: 503 })],
  [
    "a web page",
    "media-rejected",
    () =>
      new Response("<html>", {
        headers: { "content-type": "text/html; charset=utf-8" },
      }),
  ],
  [
    "no length, and so a body that may never end",
    "media-rejected",
    () => new Response(new Blob([FILE]).stream()),
  ],
  [
    "another length than promised",
    "media-changed",
    () => new Response(FILE.slice(0, 999)),
  ],
  [
    "another range than asked for",
    "media-rejected",
    () =>
      new Response(FILE.slice(0, 200), {
        status: 206,
        headers: { "content-range": "bytes 0-199/1000" },
      }),
  ],
  [
    "a shorter range than promised",
    "media-unreachable",
    () =>
      new Response(FILE.slice(100, 250), {
        status: 206,
        headers: { "content-range": "bytes 100-299/1000" },
      }),
  ],
];

for (const [what, code, answer] of BAD_ANSWERS) {
  Deno.test(`a server that answers ${what} is a clear error naming the URL`, async () => {
    await serving(answer, async (url) => {
      const error = await assertRejects(() => read(url), AlluviumError);
      assertEquals(error.code, code);
      assertEquals(error.place.url, url);
    });
  });
}

Deno.test("a server that is not there is media-unreachable", async () => {
  const error = await assertRejects(
    () => read("http://127.0.0.1:1/a.mp3"),
    AlluviumError,
  );
  assertEquals(error.code, "media-unreachable");
});

Deno.test("a connection that breaks off in the body says how much is missing", async () => {
  await using origin = new BadOrigin({
    "/a.mp3": { kind: "short", bytes: FILE, cut: 250 },
  });
  const error = await assertRejects(
    () => read(`${origin.url}a.mp3`),
    AlluviumError,
    "the server ended 50 bytes early",
  );
  assertEquals(error.code, "media-unreachable");
});

Deno.test("a transfer in which nothing comes is given up at the limit", async () => {
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  const silent = new ReadableStream<Uint8Array>();
  await serving(() => {
    asked.resolve();
    return new Response(silent, {
      status: 206,
      headers: { "content-range": "bytes 100-299/1000" },
    });
  }, async (url) => {
    const failed = assertRejects(() => read(url, clock), AlluviumError);
    await asked.promise;
    await clock.advance(FETCH_STALL_MS);
    const error = await failed;
    assertEquals(error.code, "media-unreachable");
  });
});

Deno.test("a probe learns the length from either kind of server", async () => {
  const signal = new AbortController().signal;
  for (const answer of [ranged, () => new Response(FILE.slice())]) {
    await serving(answer, async (url) => {
      const { length, dateMs } = await probeOrigin(url, systemClock, signal);
      assertEquals(length, 1000);
      assert(dateMs === undefined || dateMs > 0);
    });
  }
});
