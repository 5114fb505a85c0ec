/**
 * A crowd asks for one file that nobody has hashed, all at once:
 *
 *     deno task long gateway_crowd            1,000 clients, 100 MB
 *     deno task long gateway_crowd CLIENTS
 *
 * The origin is asked once; the first hashes are out soon after the first
 * bytes; every client has bytes before the gateway has the whole file. The
 * gateway is the program itself; origin and all clients share one process, so
 * the times are upper bounds.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { startOrigin, TestClient } from "../gateway/world.ts";
import { startGateway } from "../support/alluvium.ts";

const CLIENTS = Number(Deno.args[0] ?? 1000);
const FILE_BYTES = 100_000_000;
const PART = new Uint8Array(1_000_000).fill(7);
/** Between two parts: 10 MB/s, a good origin. */
const PART_MS = 100;
const FIRST_HASHES_MS_MAX = 300;
/** Clients that connect at a time. */
const BATCH = 100;

const clock = systemClock;
let firstByteMs = 0;
let lastByteMs = Infinity;

await using origin = await startOrigin(async (_, response) => {
  response.writeHead(200, { "content-length": FILE_BYTES, etag: '"1"' });
  firstByteMs = clock.monotonic();
  for (let at = 0; at < FILE_BYTES; at += PART.length) {
    response.write(PART);
    await clock.sleep(PART_MS);
  }
  response.end();
  lastByteMs = clock.monotonic();
});
await using gateway = await startGateway();
const clients: TestClient[] = [];
for (let n = 0; n < CLIENTS; n += BATCH) {
  const some = Array.from(
    { length: BATCH },
    () => TestClient.connect(gateway.url),
  );
  clients.push(...await Promise.all(some));
}

/** One client: joins, and fetches its first chunk; when it had hashes and bytes. */
async function one(client: TestClient): Promise<[number, number]> {
  const url = `${origin.url}a.mp3`;
  client.send({ t: "join", ref: 1, url, leaf: 0, chunk: 4, lease: 0 });
  const answer = await client.find(({ t }) => t === "joined", 60_000);
  assert(answer.t === "joined");
  if ((answer.hashes?.leaves ?? "") === "") {
    await client.find(({ t }) => t === "hashes", 60_000);
  }
  const hashesMs = clock.monotonic();
  const [mirror = ""] = answer.resource.mirrors;
  const headers = { range: "bytes=0-65535" };
  const bytes = await (await fetch(mirror, { headers })).bytes();
  assertEquals(bytes.length, 65_536);
  return [hashesMs, clock.monotonic()];
}

const times = await Promise.all(clients.map(one));
const hashes = times.map(([ms]) => ms - firstByteMs).sort((a, b) => a - b);
const bytes = times.map(([, ms]) => ms);
const first = Math.round(hashes[0] ?? NaN);
const median = Math.round(hashes[CLIENTS >> 1] ?? NaN);
const last = Math.round(Math.max(...bytes) - firstByteMs);
const gets = origin.requests.filter((line) => line === "GET /a.mp3").length;
console.log(
  `${CLIENTS} clients: origin asked ${gets} time(s); hashes after ${first} ms, ` +
    `median ${median} ms; last client's bytes after ${last} ms, ` +
    `file ${Number.isFinite(lastByteMs) ? "whole by then" : "still arriving"}`,
);
assertEquals(gets, 1);
assert(first < FIRST_HASHES_MS_MAX, `${first} ms`);
assert(Math.max(...bytes) < lastByteMs);
for (const client of clients) await client.close();
