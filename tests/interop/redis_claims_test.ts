import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { PatientStore } from "../../lib/gateway/patient_store.ts";
import { RedisNeighbours } from "../../lib/gateway/redis_neighbours.ts";
import { connectClient, RedisStore } from "../../lib/gateway/redis_store.ts";
import { LEAF_BYTES, LeafLayerBuilder, toHex } from "../../lib/hashtree/mod.ts";
import { silentLog } from "../../lib/log.ts";
import {
  gate,
  type GatewayWorld,
  type OriginHandler,
  startGateway,
  startOrigin,
} from "../gateway/world.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { startAlluvium } from "../support/alluvium.ts";
import { program } from "../support/programs.ts";
import { type Redis, startRedis } from "../support/redis.ts";
import { tempFolder } from "../support/temp.ts";
import { TestClient } from "../gateway/world.ts";

const { ignore } = program("redis-server");
const FILE = sampleFile(40 * LEAF_BYTES);
const HALF = FILE.length / 2;
const log = silentLog;

function rootOf(file: Uint8Array): string {
  const builder = new LeafLayerBuilder();
  builder.write(file);
  return toHex(builder.finish().root);
}

/** One of several gateways on a Redis, reachable for the others. */
async function startOne(redis: Redis, gateway: string): Promise<GatewayWorld> {
  const options = { url: redis.url, gateway, clock: systemClock, log };
  const store = await RedisStore.open(options);
  const neighbours = await RedisNeighbours.open(options);
  const world = await startGateway({
    store: new PatientStore(store, systemClock, log),
    neighbours,
    claims: neighbours.claims(),
  });
  world.gateway.listening(world.front.port, world.url);
  return world;
}

/** Gives half of the file, then waits; knows Range. */
function halting(opened: Promise<void>): OriginHandler {
  return async (request, response) => {
    if (request.url?.endsWith(".tree")) {
      return void response.writeHead(404).end();
    }
    const from = Number(
      /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1],
    );
    const head = { "content-type": "audio/mpeg", etag: '"one"' };
    if (from > 0) {
      response.writeHead(206, {
        ...head,
        "content-length": FILE.length - from,
        "content-range": `bytes ${from}-${FILE.length - 1}/${FILE.length}`,
      });
      return void response.end(FILE.subarray(from));
    }
    response.writeHead(200, { ...head, "content-length": FILE.length });
    response.write(FILE.subarray(0, HALF));
    await opened;
    response.end(FILE.subarray(HALF));
  };
}

Deno.test({
  name:
    "a file asked for at two gateways at once is downloaded once, and both hand out its hashes meanwhile",
  ignore,
  async fn() {
    const { opened, open } = gate();
    await using redis = await startRedis();
    await using origin = await startOrigin(halting(opened));
    await using one = await startOne(redis, "one");
    await using two = await startOne(redis, "two");
    const url = `${origin.url}a.mp3`;
    const clients = await Promise.all([one.client(), two.client()]);
    const joins = await Promise.all(clients.map((c) => c.joined({ url })));
    const keys = joins.map(({ resource }) => resource.key);
    assert(joins.every(({ resource }) => resource.provisional));
    assertEquals(
      keys[0],
      keys[1],
      "one name, so that their peers are one swarm",
    );
    for (const [i, client] of clients.entries()) {
      if (joins[i]?.hashes === undefined) await client.next("hashes");
    }
    open();
    for (const client of clients) {
      assertEquals((await client.next("root")).root, rootOf(FILE));
    }
    assertEquals(origin.requests, ["GET /a.mp3"]);
  },
});

Deno.test({
  name:
    "a gateway that is killed while it downloads leaves the rest to the one that copied from it",
  ignore,
  async fn() {
    const { opened, open } = gate();
    await using redis = await startRedis();
    await using folder = await tempFolder();
    await using origin = await startOrigin(halting(opened));
    await using first = await startAlluvium(
      ...["gateway", "--port", "0", "--data", folder.path],
      ...["--store", redis.url, "--allow-private"],
    );
    const [, base = ""] = await first.waitFor(/^Gateway +(http\S+)/m, 20_000);
    const url = `${origin.url}a.mp3`;
    const its = await TestClient.connect(base);
    await its.joined({ url });
    await using two = await startOne(redis, "two");
    const client = await two.client();
    const { hashes } = await client.joined({ url });
    if (hashes === undefined) await client.next("hashes");
    await first.end("SIGKILL");
    assertEquals((await client.next("root")).root, rootOf(FILE));
    const gets = origin.requests.filter((line) => line.startsWith("GET"));
    assertEquals(gets, ["GET /a.mp3", "GET /a.mp3"], "the second for the rest");
    open();
    await its.close();
  },
});

Deno.test({
  name: "a claim of a gateway that died before it began is taken over",
  ignore,
  async fn() {
    await using redis = await startRedis();
    await using origin = await startOrigin(halting(Promise.resolve()));
    await using two = await startOne(redis, "two");
    const url = `${origin.url}a.mp3`;
    const other = connectClient(redis.url, log);
    await other.connect();
    // As that gateway would have left it, but for the time.
    await other.set(`alluvium:hashing:${url}`, '{"from":"one"}', {
      expiration: { type: "PX", value: 300 },
    });
    const client = await two.client();
    await client.joined({ url });
    assertEquals((await client.next("root")).root, rootOf(FILE));
    other.destroy();
  },
});

Deno.test({
  name:
    "without Redis a gateway hashes files nobody knew, and Redis learns of them when it is back",
  ignore,
  async fn() {
    await using redis = await startRedis();
    await using origin = await startOrigin(halting(Promise.resolve()));
    await using one = await startOne(redis, "one");
    const client = await one.client();
    await redis.kill();
    await client.joined({ url: `${origin.url}a.mp3` });
    assertEquals((await client.next("root")).root, rootOf(FILE));
    await redis.restart();
    const options = { url: redis.url, gateway: "reader", log };
    const reader = await RedisStore.open(options);
    const deadline = systemClock.monotonic() + 10_000;
    while (await reader.content(rootOf(FILE)) === undefined) {
      assert(systemClock.monotonic() < deadline, "it never came");
      await systemClock.sleep(50);
    }
    await reader.close();
  },
});
