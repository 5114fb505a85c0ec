import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { RedisNeighbours } from "../../lib/gateway/redis_neighbours.ts";
import { RedisStore } from "../../lib/gateway/redis_store.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import { silentLog } from "../../lib/log.ts";
import {
  type GatewayWorld,
  oneFile,
  startGateway,
  startOrigin,
} from "../gateway/world.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { program } from "../support/programs.ts";
import { type Redis, startRedis } from "../support/redis.ts";

const { ignore } = program("redis-server");
const FILE = sampleFile(5 * LEAF_BYTES);

/** One of several gateways on a Redis; every peer can be dialled. */
async function startOne(redis: Redis, gateway: string): Promise<GatewayWorld> {
  const log = silentLog;
  const options = { url: redis.url, gateway, clock: systemClock, log };
  return await startGateway({
    store: await RedisStore.open(options),
    neighbours: await RedisNeighbours.open(options),
    dialBack: () => Promise.resolve(true),
  });
}

const idOf = (n: number) => n.toString(16).padStart(32, "0");

/** A client in the content; it hears of others from now on. */
async function listener(world: GatewayWorld, n: number, url: string) {
  const client = await world.client({ id: idOf(n), port: 5000 + n });
  const { peers } = await client.joined({ url });
  const meets = async (other: number) => {
    const wanted = (id: string) => id === idOf(other);
    if (peers.some(({ id }) => wanted(id))) return;
    await client.find((message) =>
      message.t === "peers" && message.add.some(({ id }) => wanted(id))
    );
  };
  const loses = (other: number) =>
    client.find((message) =>
      message.t === "peers" && message.drop.includes(idOf(other))
    );
  return { client, meets, loses };
}

Deno.test({
  name:
    "two gateways on one Redis hash a file once and introduce each other's listeners",
  ignore,
  async fn() {
    await using redis = await startRedis();
    await using origin = await startOrigin(oneFile(FILE));
    await using one = await startOne(redis, "one");
    await using two = await startOne(redis, "two");
    const url = `${origin.url}a.mp3`;
    const first = await listener(one, 1, url);
    await first.client.next("root");
    const second = await listener(two, 2, url);
    await Promise.all([first.meets(2), second.meets(1)]);
    const gets = origin.requests.filter((line) => line.startsWith("GET"));
    assertEquals(gets, ["GET /a.mp3"]);
    await second.client.close();
    await first.loses(2);
  },
});

Deno.test({
  name:
    "gateways go on alone while Redis is away, and find each other again when it is back",
  ignore,
  async fn() {
    await using redis = await startRedis();
    await using origin = await startOrigin(oneFile(FILE));
    await using one = await startOne(redis, "one");
    await using two = await startOne(redis, "two");
    const url = `${origin.url}a.mp3`;
    const first = await listener(one, 1, url);
    await first.client.next("root");
    const second = await listener(two, 2, url);
    await first.meets(2);
    await redis.kill();
    const third = await listener(one, 3, url);
    await third.meets(1);
    await redis.restart();
    await second.meets(3);
  },
});
