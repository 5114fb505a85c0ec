/**
 * The router's port: a router of the test's that speaks NAT-PMP on loopback, by
 * the library itself, and one that refuses.
 */
import { assertEquals } from "@std/assert";
import { pmpNat } from "@achingbrain/nat-port-mapper";
import { createSocket } from "node:dgram";
import { PORT_MAP_TTL_MS, ROUTERS_ASKED_MAX } from "../../lib/limits.ts";
import { findPmpRouter, likelyRouters } from "../../lib/peer/pmp_search.ts";
import { addressToward, mapPort, pmpRouter } from "../../lib/peer/port_map.ts";
import { FakeClock } from "../support/fakeclock.ts";

/** A router that hands out `port`, as RFC 6886 says. */
async function startRouter(port: number, result = 0) {
  const asked: { internal: number; external: number; seconds: number }[] = [];
  const waiting: (() => void)[] = [];
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (message: Uint8Array, from) => {
    const view = new DataView(message.buffer, message.byteOffset);
    const [opcode, internal] = [message[1]!, view.getUint16(4)];
    if (opcode === 0) {
      const outside = new Uint8Array([
        0,
        128,
        0,
        0,
        0,
        0,
        0,
        0,
        203,
        0,
        113,
        1,
      ]);
      return socket.send(outside, from.port, from.address);
    }
    const seconds = view.getUint32(8);
    asked.push({ internal, external: view.getUint16(6), seconds });
    for (const wake of waiting.splice(0)) wake();
    const answer = new DataView(new ArrayBuffer(16));
    answer.setUint8(1, opcode + 128);
    answer.setUint16(2, result);
    answer.setUint16(8, internal);
    answer.setUint16(10, seconds === 0 ? 0 : port);
    answer.setUint32(12, seconds);
    socket.send(new Uint8Array(answer.buffer), from.port, from.address);
  });
  await new Promise<void>((resolve) =>
    socket.bind(5351, "127.0.0.1", () => resolve())
  );
  return {
    asked,
    /** Resolves when it has been asked so often. */
    async asks(times: number) {
      while (asked.length < times) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

/** The same router, as the default gateway would be; it maps one address, which needs no asking which. */
async function* loopbackRouter() {
  const router = pmpNat("127.0.0.1");
  router.mapAll = async function* (port, options) {
    yield await router.map(port, "11.0.0.1", options);
  };
  yield await Promise.resolve(pmpRouter(router));
}

const options = (clock = new FakeClock()) => ({
  clock,
  log: () => {},
  signal: AbortSignal.timeout(5_000),
  routers: loopbackRouter,
});

Deno.test("a router that speaks NAT-PMP is asked for our port for an hour, and gets it back", async () => {
  await using router = await startRouter(7161);
  const clock = new FakeClock();
  const mapped = await mapPort(7160, options(clock));
  assertEquals(mapped?.port, 7161, "the router may give another");
  assertEquals(router.asked[0], {
    internal: 7160,
    external: 7160,
    seconds: 3600,
  });
  const renewed = router.asks(2);
  await clock.advance(PORT_MAP_TTL_MS / 2);
  await renewed;
  assertEquals(router.asked[1], router.asked[0]);
  await mapped!.release();
  assertEquals(router.asked.at(-1)?.seconds, 0);
});

Deno.test("a router that refuses leaves the listener as it was", async () => {
  await using _router = await startRouter(0, 2);
  assertEquals(await mapPort(7160, options()), undefined);
});

Deno.test("no router is nobody's fault", async () => {
  const none = async function* () {};
  assertEquals(await mapPort(7160, { ...options(), routers: none }), undefined);
  const broken = () => {
    throw new Error("no network");
  };
  const said: string[] = [];
  const log = (level: string) => said.push(level);
  assertEquals(
    await mapPort(7160, { ...options(), log, routers: broken }),
    undefined,
  );
  assertEquals(said, ["debug"]);
});

Deno.test("likelyRouters() are the ends of our private networks, ROUTERS_ASKED_MAX at most", () => {
  const at = (cidr: string, family: "IPv4" | "IPv6" = "IPv4") => ({
    ...{ cidr, family, address: cidr.split("/")[0]! },
  });
  assertEquals(likelyRouters([at("192.168.2.7/24")]), [
    "192.168.2.1",
    "192.168.2.254",
  ]);
  assertEquals(likelyRouters([at("172.17.0.1/16"), at("10.1.2.3/30")]), [
    "172.17.255.254",
    "10.1.2.1",
    "10.1.2.2",
  ]);
  const none = ["127.0.0.1/8", "8.8.8.8/24", "169.254.1.1/16", "10.0.0.1/32"];
  const six = at("fd77::1/64", "IPv6");
  assertEquals(likelyRouters([...none.map((cidr) => at(cidr)), six]), []);
  const many = Array.from({ length: 30 }, (_, i) => at(`10.0.${i}.7/24`));
  assertEquals(likelyRouters(many).length, ROUTERS_ASKED_MAX);
});

Deno.test("a router is found by its answer, and nobody is within a second", async () => {
  const clock = new FakeClock();
  const tools = { clock, signal: AbortSignal.timeout(5_000) };
  {
    await using _router = await startRouter(7161);
    assertEquals(await findPmpRouter(["127.0.0.1"], tools), "127.0.0.1");
  }
  const none = findPmpRouter(["127.0.0.1"], tools);
  await clock.advance(1_000);
  assertEquals(await none, undefined);
  assertEquals(clock.waiting, 0);
});

Deno.test("addressToward() is ours in the network of the router", () => {
  const own = ["172.17.0.1/16", "192.168.2.7/24"].map((cidr) => ({
    ...{ cidr, family: "IPv4" as const, address: cidr.split("/")[0]! },
  }));
  assertEquals(addressToward("192.168.2.1", own), "192.168.2.7");
  for (const host of ["192.168.3.1", "127.0.0.1", "fd77::1", "router"]) {
    assertEquals(addressToward(host, own), undefined);
  }
});
