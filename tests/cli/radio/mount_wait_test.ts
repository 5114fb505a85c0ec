import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../../lib/errors.ts";
import { type RequestInfo, Takeover } from "../../../lib/http/route.ts";
import { Mount } from "../../../lib/icecast/mount.ts";
import { MountTable } from "../../../lib/icecast/mount_table.ts";
import { MOUNT_WAIT_MS_MAX } from "../../../lib/limits.ts";
import { waitingMountRoutes } from "../../../lib/cli/radio/mount_wait.ts";
import { FakeClock } from "../../support/fakeclock.ts";

function waiting() {
  const clock = new FakeClock();
  const mounts = new MountTable();
  const routes = waitingMountRoutes(mounts, { clock });
  const route = routes.find(({ method, path }) =>
    method === "GET" && path === "/:path+"
  )!;
  const get = async (
    path: string,
    signal = new AbortController().signal,
    headers = {},
  ) => {
    const url = new URL(path, "http://127.0.0.1:8000");
    const info: RequestInfo = {
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      url,
      params: {},
      signal,
    };
    return await route.handle(new Request(url, { headers }), info);
  };
  const add = (path: string) =>
    mounts.add(new Mount({ path, clock, contentType: "audio/mpeg", name: "" }));
  return { clock, get, add, mounts };
}

Deno.test("a player that comes before the first packet waits for the mount", async () => {
  const { clock, get, add } = waiting();
  const answer = get("/stream.mp3");
  await clock.advance(500);
  add("/stream.mp3");
  await clock.advance(100);
  assertEquals(await answer instanceof Takeover, true);
});

Deno.test("a player's playlist waits for its mount too", async () => {
  const { clock, get, add } = waiting();
  const answer = get("/jazz/stream.mp3.m3u");
  add("/jazz/stream.mp3");
  await clock.advance(100);
  assertEquals(await answer instanceof Response, true);
});

Deno.test("a mount that does not come is not waited for longer than the limit", async () => {
  const { clock, get } = waiting();
  const answer = assertRejects(() => get("/stream.mp3"), AlluviumError);
  await clock.advance(MOUNT_WAIT_MS_MAX + 100);
  assertEquals((await answer).code, "not-found");
  assertEquals(clock.waiting, 0);
});

Deno.test("what can be no mount is answered at once", async () => {
  const { clock, get } = waiting();
  const error = await assertRejects(() => get("/favicon.ico"), AlluviumError);
  assertEquals(error.code, "not-found");
  assertEquals(clock.waiting, 0);
});

Deno.test("a player that leaves while it waits leaves nothing behind", async () => {
  const { clock, get } = waiting();
  const gone = new AbortController();
  const answer = assertRejects(() => get("/stream.mp3", gone.signal));
  await clock.advance(100);
  gone.abort();
  await answer;
  assertEquals(clock.waiting, 0);
});

Deno.test("/stream leads to what suits, when there is something, and says why", async () => {
  const { clock, get, add, mounts } = waiting();
  const answer = get("/stream");
  await clock.advance(500);
  add("/stream.mp3");
  mounts.hls.add("/stream.m3u8");
  add("/jazz/stream.mp3");
  await clock.advance(100);
  const response = await answer;
  assert(response instanceof Response);
  assertEquals(response.status, 307);
  assertEquals(response.headers.get("location"), "/stream.mp3");
  assertEquals(
    response.headers.get("x-stream-choice"),
    "audio/mpeg; every player plays it",
  );
  const other = await get("/jazz/stream");
  assert(other instanceof Response);
  assertEquals(other.headers.get("location"), "/jazz/stream.mp3");
});

Deno.test("/stream leads to the mount of a live show while there is one", async () => {
  const { get, add, mounts } = waiting();
  mounts.hls.add("/stream.m3u8");
  add("/stream.mp3");
  const phone = { "User-Agent": "AppleCoreMedia/1.0 (iPhone)" };
  const lead = async () => {
    const response = await get("/stream", undefined, phone);
    assert(response instanceof Response);
    return response.headers.get("location");
  };
  assertEquals(await lead(), "/stream.m3u8");
  const show = mounts.get("/stream.mp3")!.open("live");
  const chunk = { data: new Uint8Array(1), durationMs: 1 };
  show.push({ ...chunk, header: new Uint8Array(0) });
  assertEquals(await lead(), "/stream.mp3");
  show.rest();
  assertEquals(await lead(), "/stream.m3u8");
});

Deno.test("an HLS playlist waits for its first segment", async () => {
  const { clock, get, mounts } = waiting();
  const input = mounts.hls.add("/stream.m3u8");
  const answer = get("/stream.m3u8");
  await clock.advance(500);
  for (let i = 0; i < 4; i++) {
    const data = new Uint8Array(188);
    const header = new Uint8Array(0);
    input.push({ data, durationMs: 500, header }, i * 500);
  }
  await clock.advance(100);
  const response = await answer;
  assert(response instanceof Response);
  assert((await response.text()).includes("stream/0.ts"));
  const segment = await get("/stream/0.ts");
  assert(segment instanceof Response);
  assertEquals((await segment.bytes()).length, 376);
});
