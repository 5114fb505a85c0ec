/**
 * Origins that answer slowly, or that somebody makes slow on purpose: what they
 * take from the others is bounded.
 */
import { assert, assertEquals } from "@std/assert";
import type * as http from "node:http";
import { systemClock } from "../../lib/clock.ts";
import { fetchSidecar } from "../../lib/gateway/media_origin.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import {
  GATEWAY_ARRIVING_MS_MAX,
  GATEWAY_CONTENTS_PER_SESSION_MAX,
  GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN,
  GATEWAY_DOWNLOAD_PATIENCE_MS,
  GATEWAY_FLIGHTS_MAX,
  GATEWAY_FRESH_MS,
  GATEWAY_IDLE_MS_MAX,
  GATEWAY_JOB_LOOK_MS,
  GATEWAY_JOBS_MAX,
  GATEWAY_JOBS_WAITING_MAX,
  GATEWAY_RECHECK_MS,
  GATEWAY_SIDECAR_BYTES_MAX,
  GATEWAY_SIDECAR_MS_MAX,
  GATEWAY_SIDECARS_MAX,
} from "../../lib/limits.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { CountingClock, FakeClock } from "../support/fakeclock.ts";
import {
  gate,
  oneFile,
  startGateway,
  startOrigin,
  type TestClient,
} from "./world.ts";

/** Between two parts of a body that is slow and never idle. */
const STEP_MS = 10_000;

/** Where a client that joins begins; it asks for no lease. */
const PLACE = { leaf: 0, chunk: 1, lease: 0 };

const FILE = sampleFile(3 * LEAF_BYTES + 9);

/** Waits, in real time, until something has become true. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await systemClock.sleep(2);
}

/** An origin that sends heads and leaves the bodies to the test, by path. */
async function startSlowOrigin() {
  const bodies = new Map<string, http.ServerResponse>();
  const origin = await startOrigin((request, response) => {
    if (request.url?.endsWith(".tree")) {
      return void response.writeHead(404).end();
    }
    response.writeHead(200, { "content-length": 1e9 }).write(new Uint8Array(9));
    bodies.set(request.url ?? "", response);
  });
  return { ...origin, bodies };
}

Deno.test("past GATEWAY_JOBS_WAITING_MAX unknown files the answer is 503, and when to ask again", async () => {
  await using origin = await startSlowOrigin();
  await using world = await startGateway();
  const ask = (n: number) =>
    fetch(`${world.url}ocn/v1/resource?url=${origin.url}${n}`);
  const all = GATEWAY_JOBS_MAX + GATEWAY_JOBS_WAITING_MAX;
  const asked = Array.from({ length: all }, (_, n) => ask(n));
  const status = () => world.gateway.status();
  await until(() => status().downloadsWaiting === GATEWAY_JOBS_WAITING_MAX);
  const answer = await ask(all);
  const { code } = await answer.json();
  assertEquals([answer.status, code], [503, "busy"]);
  assertEquals(answer.headers.get("retry-after"), "5");
  // Who asks for one of those again waits with the others and takes no place.
  const again = ask(all - 1);
  assertEquals(status().downloadsWaiting, GATEWAY_JOBS_WAITING_MAX);
  assertEquals(origin.bodies.size, GATEWAY_JOBS_MAX);
  await world.gateway.close();
  for (const one of [...asked, again]) await (await one).body?.cancel();
});

Deno.test("slow downloads make way for those that wait, and go on", async () => {
  const clock = new FakeClock();
  await using origin = await startSlowOrigin();
  await using world = await startGateway({ clock });
  const client = await world.client();
  const join = (n: number) => client.join({ url: `${origin.url}${n}` });
  for (let n = 0; n < GATEWAY_JOBS_MAX; n++) await join(n);
  const waiting = join(GATEWAY_JOBS_MAX);
  await until(() => world.gateway.status().downloadsWaiting === 1);
  await clock.advance(GATEWAY_JOB_LOOK_MS);
  assertEquals((await waiting).t, "joined");
  const { downloads, downloadsWaiting } = world.gateway.status();
  assertEquals([downloads, downloadsWaiting], [GATEWAY_JOBS_MAX + 1, 0]);
});

Deno.test("a download below GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN has failed", async () => {
  const clock = new CountingClock();
  await using origin = await startSlowOrigin();
  await using world = await startGateway({ clock });
  const client = await world.client();
  await client.joined({ url: `${origin.url}a` });
  const body = origin.bodies.get("/a")!;
  const perStep = GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN * STEP_MS / 1000;
  /** A step of time, and then some bytes, of which the first part has been read. */
  const send = async (bytes: number) => {
    await clock.advance(STEP_MS);
    const { timers } = clock;
    body.write(new Uint8Array(bytes));
    await until(() =>
      clock.timers > timers || world.gateway.status().downloads === 0
    );
  };
  let ms = 0;
  // What comes at once may be read in two parts.
  for (; ms < 2 * GATEWAY_DOWNLOAD_PATIENCE_MS; ms += STEP_MS) {
    await send(2 * perStep);
  }
  assertEquals(world.gateway.status().downloads, 1);
  for (; world.gateway.status().downloads > 0; ms += STEP_MS) await send(1);
  assertEquals(ms, 4 * GATEWAY_DOWNLOAD_PATIENCE_MS + STEP_MS);
  const { message } = await client.next("gone");
  assert(/too slowly/.test(message), message);
});

Deno.test("a .tree that does not come in GATEWAY_SIDECAR_MS_MAX is done without", async () => {
  const clock = new CountingClock();
  const begun = Promise.withResolvers<http.ServerResponse>();
  await using origin = await startOrigin((_, response) => {
    response.writeHead(200, { "content-length": 4 * 32 }).flushHeaders();
    begun.resolve(response);
  });
  const taking = fetchSidecar(
    `${origin.url}a.mp3`,
    4 * LEAF_BYTES,
    "ab".repeat(32),
    {
      clock,
      resolve: () => Promise.resolve(["127.0.0.1"]),
      policy: {
        allowPrivate: true,
        ownAuthorities: new Set(),
        ownPorts: new Set(),
        ownAddresses: new Set(),
      },
    },
    new AbortController().signal,
  );
  const response = await begun.promise;
  // Bytes keep coming, so that only the whole time counts.
  for (let ms = 0; ms < GATEWAY_SIDECAR_MS_MAX; ms += STEP_MS) {
    const { timers } = clock;
    response.write("x");
    await until(() => clock.timers > timers);
    await clock.advance(STEP_MS);
  }
  assertEquals(await taking, undefined);
  assertEquals([clock.waiting, origin.requests.length], [0, 1]);
});

Deno.test("a join does not wait longer than GATEWAY_RECHECK_MS for an origin to say that nothing has changed", async () => {
  const clock = new FakeClock();
  let silent = false;
  let version = 1;
  const asked = gate();
  const answer = gate();
  await using origin = await startOrigin(async (request, response) => {
    if (silent && request.method === "HEAD") {
      asked.open();
      await answer.opened;
    }
    oneFile(FILE, { etag: `"${version}"` })(request, response);
  });
  await using world = await startGateway({ clock });
  const url = `${origin.url}a.mp3`;
  const first = await world.client();
  await first.joined({ url });
  const { root } = await first.next("root");
  await clock.advance(GATEWAY_FRESH_MS + 1);
  silent = true;
  version = 2;
  const second = await world.client();
  const join = second.joined({ url });
  await asked.opened;
  await clock.advance(GATEWAY_RECHECK_MS);
  assertEquals((await join).resource.root, root);
  // Nobody waits again for the same answer.
  const third = await world.client();
  assertEquals((await third.joined({ url })).resource.root, root);
  // When it comes and says otherwise, all are told.
  answer.open();
  for (const client of [first, second, third]) {
    const gone = await client.next("gone");
    assertEquals([gone.key, gone.code], [root, "media-changed"]);
  }
});

Deno.test("past GATEWAY_FLIGHTS_MAX look-ups at a time the answer is busy, and known files are answered", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  let found = true;
  const resolve = () =>
    found ? Promise.resolve(["127.0.0.1"]) : new Promise<string[]>(() => {});
  await using world = await startGateway({ resolve });
  const client = await world.client();
  const known = origin.url.replace("127.0.0.1", "known.example");
  await client.joined({ url: known });
  found = false;
  // With a root a look-up waits for the .tree, not for one of the few downloads.
  const more = {
    root: "ab".repeat(32),
    length: 9,
    leaf: 0,
    chunk: 1,
    lease: 0,
  };
  const join = (client: TestClient, url: string) =>
    client.send({ t: "join", ref: 9, url, ...more });
  let n = 0;
  while (n < GATEWAY_FLIGHTS_MAX) {
    const one = await world.client();
    for (let i = 0; i < GATEWAY_CONTENTS_PER_SESSION_MAX; i++, n++) {
      join(one, `http://a.example/${n}`);
    }
    await one.join({ url: "http://a.example:1/" }); // All before it are taken.
  }
  const answer = await client.join({ url: "http://a.example/more" });
  assertEquals(answer.t === "error" && answer.code, "busy");
  assertEquals((await client.join({ url: known })).t, "joined");
});

Deno.test("a .tree past GATEWAY_SIDECAR_BYTES_MAX is not asked for", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway();
  const client = await world.client();
  const url = `${origin.url}a.mp3`;
  const root = "ab".repeat(32);
  const length = GATEWAY_SIDECAR_BYTES_MAX / 32 * LEAF_BYTES + 1;
  const answer = await client.join({ url, root, length });
  assertEquals(answer.t === "error" && answer.code, "content-mismatch");
  assert(!origin.requests.some((line) => /tree/.test(line)));
});

Deno.test("no more than GATEWAY_SIDECARS_MAX .tree files are fetched at a time", async () => {
  const all = gate();
  await using origin = await startOrigin((request, response) => {
    if (!request.url?.endsWith(".tree")) {
      return oneFile(FILE)(request, response);
    }
    if (trees() === GATEWAY_SIDECARS_MAX) all.open();
  });
  const trees = () =>
    origin.requests.filter((line) => /^GET .*tree$/.test(line)).length;
  await using world = await startGateway();
  const client = await world.client();
  const wish = { root: "ab".repeat(32), length: FILE.length };
  for (let n = 0; n <= GATEWAY_SIDECARS_MAX; n++) {
    const url = `${origin.url}${n}.mp3`;
    client.send({ t: "join", ref: n, url, ...wish, ...PLACE });
  }
  await all.opened;
  await client.join({ url: "ftp://in.between/" });
  assertEquals(trees(), GATEWAY_SIDECARS_MAX);
});

Deno.test("bytes that do not arrive in GATEWAY_ARRIVING_MS_MAX are answered by 503", async () => {
  const clock = new FakeClock();
  await using origin = await startOrigin((_, response) => {
    response.writeHead(200, { "content-length": 1e9 }).flushHeaders();
  });
  await using world = await startGateway({ clock });
  const client = await world.client();
  const { resource } = await client.joined({ url: `${origin.url}a` });
  const [copy = ""] = resource.mirrors;
  // The head is here, and nothing follows.
  await until(() => clock.isDueIn(GATEWAY_IDLE_MS_MAX));
  await clock.advance(1);
  const asking = fetch(copy, { headers: { range: "bytes=50000-" } });
  await until(() => clock.isDueIn(GATEWAY_ARRIVING_MS_MAX));
  await clock.advance(GATEWAY_ARRIVING_MS_MAX);
  const answer = await asking;
  const { code } = await answer.json();
  assertEquals([answer.status, code], [503, "busy"]);
  assertEquals(answer.headers.get("retry-after"), "5");
});
