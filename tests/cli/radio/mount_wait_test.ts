import { assertEquals, assertRejects } from "@std/assert";
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
    method === "GET" && path !== "/status-json.xsl"
  )!;
  const get = async (path: string, signal = new AbortController().signal) => {
    const url = new URL(path, "http://127.0.0.1:8000");
    const info: RequestInfo = {
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      url,
      params: {},
      signal,
    };
    return await route.handle(new Request(url), info);
  };
  const add = (path: string) =>
    mounts.add(new Mount({ path, clock, contentType: "audio/mpeg", name: "" }));
  return { clock, get, add };
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
