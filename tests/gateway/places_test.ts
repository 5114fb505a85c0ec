/**
 * A client that shows itself to its gateway by IPv4 and by IPv6, with real
 * sockets; who is dialled back is the test's.
 */
import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import type { DialBack } from "../../lib/gateway/dial_back.ts";
import { Front } from "../../lib/http/mod.ts";
import { SHOWING_MS_MAX } from "../../lib/limits.ts";
import { show, type Showing } from "../../lib/peer/showing.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { FakeClock } from "../support/fakeclock.ts";
import {
  gate,
  type GatewayWorld,
  oneFile,
  startGateway,
  startOrigin,
  TestClient,
} from "./world.ts";

const PORT = 7160;
const ROUTER_PORT = 7999;
const FILE = sampleFile(100_000);

type At = { host: string; port: number };

/** A gateway on both loopback addresses, and a client by one of them. */
async function world(answers: (at: At) => boolean | Promise<boolean>) {
  const asked: string[] = [];
  const dialBack: DialBack = ({ host, port }) => {
    asked.push(`${host} ${port}`);
    return Promise.resolve(answers({ host, port }));
  };
  const ours: GatewayWorld = await startGateway({ dialBack });
  const { routes, sockets } = ours.gateway;
  const front = await Front.listen({
    ...{ routes, sockets, hostname: "::", port: 0, clock: systemClock },
    allowedHosts: "any",
  });
  const at = (host: string) => `http://${host}:${front.port}/`;
  return {
    asked,
    ours,
    at,
    async [Symbol.asyncDispose]() {
      await front.close();
      await ours[Symbol.asyncDispose]();
    },
  };
}

/** Connects, and takes the ticket out of the welcome, which `connect` has read. */
async function enter(url: string) {
  const client = await TestClient.connect(url, { id: "" });
  const hello = { t: "hello", v: 1, id: "ab".repeat(16), port: PORT } as const;
  client.send({ ...hello, capacity: 1, share: true });
  const { ticket, reachable } = await client.next("welcome");
  assertEquals(reachable, null);
  const back = await client.next("welcome");
  return { client, ticket: ticket!, back };
}

const tools = { clock: systemClock, signal: new AbortController().signal };
const shown = (showing: Showing) => show(showing, tools);

/** What somebody who comes later is told of the others. */
async function told(url: string, origin: string, first: TestClient) {
  await first.joined({ url: origin });
  const late = await TestClient.connect(url, { port: 0 });
  const { peers } = await late.joined({ url: origin });
  await late.close();
  return peers.map(({ host, port, also }) => ({ host, port, also }));
}

Deno.test("a client that reached the gateway by one family and shows itself by the other is named at both", async () => {
  for (const [one, other] of [["127.0.0.1", "::1"], ["::1", "127.0.0.1"]]) {
    const bare = (host: string) => host.includes(":") ? `[${host}]` : host;
    await using origin = await startOrigin(oneFile(FILE));
    await using gateway = await world(() => true);
    const url = gateway.at(bare(one!));
    const { client, ticket, back } = await enter(url);
    assertEquals([back.reachable, back.address], [true, one]);
    const family = other === "::1" ? 6 as const : 4 as const;
    const there = new URL(gateway.at(bare(other!)));
    assertEquals(
      await shown({ gateway: there, ticket, family, port: PORT }),
      true,
    );
    assertEquals(gateway.asked, [`${one} ${PORT}`, `${other} ${PORT}`]);
    assertEquals(await told(url, `${origin.url}a.mp3`, client), [{
      ...{ host: one!, port: PORT },
      also: { host: other!, port: PORT },
    }]);
    await client.close();
  }
});

Deno.test("a client that answers by the other family alone is named there, and told that it can be reached", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using gateway = await world(({ host }) => host === "::1");
  const url = gateway.at("127.0.0.1");
  const { client, ticket, back } = await enter(url);
  assertEquals(back.reachable, false);
  const six = { gateway: new URL(gateway.at("[::1]")), ticket };
  await shown({ ...six, family: 6, port: PORT });
  assertEquals((await client.next("welcome")).reachable, true);
  assertEquals(await told(url, `${origin.url}a.mp3`, client), [{
    ...{ host: "::1", port: PORT, also: undefined },
  }]);
  await client.close();
});

Deno.test("a port that the router opened later is dialled back by the same ticket", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using gateway = await world(({ port }) => port === ROUTER_PORT);
  const url = gateway.at("127.0.0.1");
  const { client, ticket } = await enter(url);
  const four = { gateway: new URL(url), ticket, family: 4 as const };
  await shown({ ...four, port: ROUTER_PORT });
  assertEquals(await told(url, `${origin.url}a.mp3`, client), [{
    ...{ host: "127.0.0.1", port: ROUTER_PORT, also: undefined },
  }]);
  await client.close();
});

Deno.test("nobody is dialled back for a ticket that is wrong, used twice at a time, or whose owner has gone", async () => {
  const waiting: ((answer: boolean) => void)[] = [];
  await using gateway = await world(({ host }) =>
    host === "127.0.0.1" || new Promise((resolve) => waiting.push(resolve))
  );
  const { client, ticket } = await enter(gateway.at("127.0.0.1"));
  const six = new URL(gateway.at("[::1]"));
  const by = (ticket: string, port = PORT) =>
    shown({ gateway: six, ticket, family: 6, port });
  assertEquals(await by("00".repeat(16)), false);
  assertEquals(await by(ticket, 0), false);
  assertEquals(gateway.asked.length, 1);
  const first = by(ticket);
  while (waiting.length === 0) await by(ticket, 70_000);
  assertEquals(await by(ticket), false, "one at a time");
  waiting[0]!(true);
  assertEquals(await first, true);
  assertEquals(gateway.asked.length, 2);
  await client.close();
  while (gateway.ours.gateway.status().clients > 0) await by("gone");
  assertEquals(await by(ticket), false);
  assertEquals(gateway.asked.length, 2);
});

Deno.test("a gateway that is named by an address of one family is not asked by the other", async () => {
  await using gateway = await world(() => true);
  const { client, ticket } = await enter(gateway.at("127.0.0.1"));
  const there = new URL(gateway.at("127.0.0.1"));
  const six = { gateway: there, ticket, family: 6 as const, port: PORT };
  assertEquals(await shown(six), false);
  assertEquals(gateway.asked.length, 1);
  await client.close();
});

Deno.test("by a name, a gateway is asked at its address of the family wanted", async () => {
  await using gateway = await world(() => true);
  const { client, ticket } = await enter(gateway.at("127.0.0.1"));
  const families: unknown[] = [];
  const there = new URL(gateway.at("gateway.invalid"));
  const six = { gateway: there, ticket, family: 6 as const, port: PORT };
  const answered = await show(six, {
    ...tools,
    lookup: (_, options, found) => {
      families.push(options.family);
      if (options.all) found(null, [{ address: "::1", family: 6 }]);
      else found(null, "::1", 6);
    },
  });
  assertEquals([answered, families], [true, [6]]);
  assertEquals(gateway.asked.at(-1), `::1 ${PORT}`);
  await client.close();
});

Deno.test("a gateway that does not answer within SHOWING_MS_MAX is waited for no longer", async () => {
  const clock = new FakeClock();
  const asked = gate();
  await using silent = await startOrigin(() => asked.open());
  const gateway = new URL(silent.url);
  const four = { gateway, ticket: "ab", family: 4 as const, port: PORT };
  const answered = show(four, { ...tools, clock });
  await asked.opened;
  await clock.advance(SHOWING_MS_MAX);
  assertEquals(await answered, false);
  assertEquals(silent.requests, ["POST /ocn/v1/here?ticket=ab&port=7160"]);
});
