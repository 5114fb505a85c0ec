import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { RequestInfo } from "../../lib/http/route.ts";
import type { Holding } from "../../lib/peer/holding.ts";
import { peerRoutes } from "../../lib/peer/routes.ts";
import { LeafSet } from "../../lib/swarm/leaf_set.ts";
import { Uploads } from "../../lib/swarm/uploads.ts";
import { FakeClock } from "../support/fakeclock.ts";

const LEAVES = 32;
const BYTES = LEAVES * LEAF_BYTES;
const URN = `urn:tree:sha256:${"00".repeat(32)}`;

/** Something that is held and is all zeros. */
function zeros(): Holding {
  const readable = new LeafSet(LEAVES);
  readable.add(0, LEAVES);
  return {
    content: { length: BYTES },
    readable,
    stored: { read: (_at: number, size: number) => new Uint8Array(size) },
  } as unknown as Holding;
}

/** Asks from an address with an upload limit, and counts what has come. */
async function ask(remoteAddress: string, limitBytesPerSecond: number) {
  const clock = new FakeClock();
  const uploads = new Uploads(limitBytesPerSecond);
  const port = {
    id: "",
    holding: zeros,
    uploads: () => uploads,
    accept: () => {},
  };
  const route = peerRoutes(port, clock)
    .find(({ path }) => path === "/uri-res/N2R")!;
  const url = new URL(`http://host/uri-res/N2R?${URN}`);
  const gone = new AbortController();
  const { signal } = gone;
  const info: RequestInfo = {
    remoteAddress,
    remotePort: 1,
    url,
    params: {},
    signal,
  };
  const response = await route.handle(new Request(url), info) as Response;
  const answer = { clock, uploads, gone, bytes: 0, ended: "" };
  void (async () => {
    try {
      for await (const part of response.body!) answer.bytes += part.length;
      answer.ended = "whole";
    } catch {
      answer.ended = "broken off";
    }
  })();
  await clock.advance(0);
  return answer;
}

Deno.test("what leaves by HTTP keeps to the upload limit, and counts towards it", async () => {
  const answer = await ask("192.0.2.7", 4 * LEAF_BYTES);
  // A second's worth was saved up, and goes by blocks of four leaves.
  assertEquals(answer.bytes, 4 * LEAF_BYTES);
  for (let second = 1; second <= 4; second++) {
    await answer.clock.advance(1000);
    const most = (second + 2) * 4 * LEAF_BYTES;
    assert(answer.bytes <= most, `${answer.bytes} after ${second} s`);
  }
  assert(answer.bytes >= 4 * 4 * LEAF_BYTES, `${answer.bytes} after 4 s`);
  assert(answer.uploads.waitMs(answer.clock.now()) > 0, "links wait, too");
  await answer.clock.advance(10_000);
  assertEquals([answer.bytes, answer.ended], [BYTES, "whole"]);
});

Deno.test("the local network is not held to the upload limit", async () => {
  const answer = await ask("192.168.1.2", 0);
  assertEquals([answer.bytes, answer.ended], [BYTES, "whole"]);
});

Deno.test("who may send nothing promises nothing", async () => {
  const error = await assertRejects(() => ask("192.0.2.7", 0), AlluviumError);
  assertEquals(error.code, "busy");
});

Deno.test("nobody waits for the upload limit who has gone", async () => {
  const answer = await ask("192.0.2.7", 1);
  assertEquals([answer.bytes, answer.clock.waiting], [4 * LEAF_BYTES, 1]);
  answer.gone.abort();
  await answer.clock.advance(0);
  assertEquals([answer.ended, answer.clock.waiting], ["broken off", 0]);
});
