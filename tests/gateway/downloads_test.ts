import { assertEquals, assertRejects } from "@std/assert";
import type * as http from "node:http";
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { Contents, type UrlEntry } from "../../lib/gateway/contents.ts";
import { Downloads } from "../../lib/gateway/downloads.ts";
import { isTooSlow } from "../../lib/gateway/hash_job.ts";
import { KeptFiles } from "../../lib/gateway/kept_files.ts";
import { MemoryStore } from "../../lib/gateway/memory_store.ts";
import { Tally } from "../../lib/gateway/tally.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import {
  GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN,
  GATEWAY_DOWNLOAD_MS_MAX,
  GATEWAY_DOWNLOAD_PATIENCE_MS,
  GATEWAY_FILE_BYTES_MAX,
  GATEWAY_JOB_LOOK_MS,
  GATEWAY_JOB_SLOW_BYTES_PER_SECOND,
  GATEWAY_JOBS_MAX,
  GATEWAY_JOBS_PER_NETWORK_MAX,
  GATEWAY_JOBS_SLOW_MAX,
} from "../../lib/limits.ts";
import { silentLog } from "../../lib/log.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";
import { startOrigin } from "./world.ts";

/** Files long enough never to end here. */
const LENGTH = 100_000_000;

/** Ten leaves. */
const PART = 10 * LEAF_BYTES;

/** Waits, in real time, until something has become true. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await systemClock.sleep(2);
}

/** Downloads from an origin that sends what it is told to. */
async function startDownloads() {
  const folder = await tempFolder();
  const clock = new FakeClock();
  const bodies: http.ServerResponse[] = [];
  const origin = await startOrigin((_, response) => {
    response.writeHead(200, { "content-length": LENGTH }).flushHeaders();
    bodies.push(response);
  });
  const store = new MemoryStore();
  const common = { store, clock, log: silentLog };
  const files = await KeptFiles.open({
    ...common,
    folder: folder.path,
    bytesMax: 0,
  });
  const contents = new Contents(common);
  const tools = {
    ...common,
    ...{ files, contents, tally: new Tally(), random: () => 0.5 },
    access: {
      clock,
      resolve: () => Promise.resolve(["127.0.0.1"]),
      policy: {
        allowPrivate: true,
        ownAuthorities: new Set<string>(),
        ownPorts: new Set<number>(),
        ownAddresses: new Set<string>(),
      },
    },
    base: () => undefined,
  };
  const end = new AbortController();
  const downloads = new Downloads(tools, end.signal, () => {});
  const asked: Promise<unknown>[] = [];
  const entries: UrlEntry[] = [];
  let written = 0;
  let n = 0;
  return {
    downloads,
    bodies,
    clock,
    /** Asks for another file. */
    begin(network?: string) {
      const entry = downloads.begin(`${origin.url}${n++}`, network);
      entry.then((one) => entries.push(one), () => {});
      asked.push(entry);
      return entry;
    },
    /** Has every file that has begun go on, neither idle nor too slow for good. */
    async trickle() {
      for (const body of bodies) body.write(new Uint8Array(PART));
      written += PART * bodies.length;
      const arrived = () =>
        entries.reduce((sum, { content }) => sum + content.arrivedBytes, 0);
      await until(() => arrived() === written);
    },
    async [Symbol.asyncDispose]() {
      end.abort(new Error("over"));
      await Promise.allSettled(asked);
      await downloads.ended();
      await origin[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("one network has GATEWAY_JOBS_PER_NETWORK_MAX files arriving or waiting, whoever else asks", async () => {
  await using world = await startDownloads();
  for (let i = 0; i < GATEWAY_JOBS_PER_NETWORK_MAX; i++) world.begin("8.8.8");
  const error = await assertRejects(() => world.begin("8.8.8"), AlluviumError);
  assertEquals(error.code, "too-many-requests");
  world.begin("8.8.9");
  world.begin();
  const { running, waiting } = world.downloads;
  const all = GATEWAY_JOBS_PER_NETWORK_MAX + 2;
  assertEquals([running, waiting], [
    GATEWAY_JOBS_MAX,
    all - GATEWAY_JOBS_MAX,
  ]);
});

Deno.test("a download that is fast enough keeps its place", async () => {
  await using world = await startDownloads();
  const { downloads, bodies, clock } = world;
  const begun = Array.from({ length: GATEWAY_JOBS_MAX }, () => world.begin());
  const [first] = await Promise.all(begun);
  for (let i = 0; i < GATEWAY_JOBS_MAX; i++) world.begin();
  const enough = GATEWAY_JOB_SLOW_BYTES_PER_SECOND * GATEWAY_JOB_LOOK_MS / 1000;
  const at = bodies.findIndex(({ req }) => req.url === "/0");
  bodies[at]!.write(new Uint8Array(enough));
  await until(() => first!.content.arrivedBytes === enough);
  await clock.advance(GATEWAY_JOB_LOOK_MS);
  assertEquals([downloads.running, downloads.waiting], [
    2 * GATEWAY_JOBS_MAX - 1,
    1,
  ]);
});

Deno.test("no more than GATEWAY_JOBS_SLOW_MAX downloads make way", async () => {
  await using world = await startDownloads();
  const { downloads, bodies, clock } = world;
  const most = GATEWAY_JOBS_MAX + GATEWAY_JOBS_SLOW_MAX;
  for (let i = 0; i < most + 3; i++) world.begin();
  const rounds = GATEWAY_JOBS_SLOW_MAX / GATEWAY_JOBS_MAX;
  for (let round = 1; round <= rounds + 2; round++) {
    const begun = Math.min(most, round * GATEWAY_JOBS_MAX);
    await until(() => bodies.length === begun);
    await world.trickle();
    await clock.advance(GATEWAY_JOB_LOOK_MS);
  }
  assertEquals([downloads.running, downloads.waiting], [most, 3]);
});

Deno.test("a file past GATEWAY_FILE_BYTES_MAX is not downloaded", async () => {
  await using world = await startDownloads();
  await using origin = await startOrigin((_, response) => {
    const length = GATEWAY_FILE_BYTES_MAX + 1;
    response.writeHead(200, { "content-length": length }).flushHeaders();
  });
  const error = await assertRejects(
    () => world.downloads.begin(origin.url, undefined),
    AlluviumError,
  );
  assertEquals(error.code, "media-rejected");
  assertEquals(world.downloads.running, 0);
});

Deno.test("a download is too slow below a mean that counts after a while, and when it has taken GATEWAY_DOWNLOAD_MS_MAX", () => {
  const least = (ms: number) =>
    GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN * ms / 1000;
  const cases: [number, number, boolean][] = [
    [0, GATEWAY_DOWNLOAD_PATIENCE_MS, false],
    [least(70_000) - 1, 70_000, true],
    [least(70_000), 70_000, false],
    [1e12, GATEWAY_DOWNLOAD_MS_MAX, false],
    [1e12, GATEWAY_DOWNLOAD_MS_MAX + 1, true],
  ];
  for (const [bytes, ms, wanted] of cases) {
    assertEquals(isTooSlow(bytes, ms), wanted, `${bytes} in ${ms} ms`);
  }
});
