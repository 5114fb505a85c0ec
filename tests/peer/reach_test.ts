/**
 * How listeners come to each other without a gateway, with real sockets: by
 * IPv6, by what a third one tells, and by the one of two that can dial.
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { LEAF_BYTES, LeafLayerBuilder, toHex } from "../../lib/hashtree/mod.ts";
import { answersAt } from "../../lib/peer/ask_id.ts";
import { PeerNode, type PeerNodeOptions } from "../../lib/peer/mod.ts";
import { Reachability } from "../../lib/peer/reachability.ts";
import { type DoubleAnswer, GatewayDouble } from "../support/gateway_double.ts";

const LENGTH = 20 * LEAF_BYTES + 7;
const FILE = Uint8Array.from({ length: LENGTH }, (_, i) => i * 31 >> 3 & 255);
const never = new AbortController().signal;
const { layer: LAYER, root } = (() => {
  const builder = new LeafLayerBuilder();
  builder.write(FILE);
  return builder.finish();
})();
const ROOT = toHex(root);

function startNode(options: Partial<PeerNodeOptions> = {}): Promise<PeerNode> {
  return PeerNode.start({
    clock: systemClock,
    log: () => {},
    random: Math.random,
    cacheFolder: undefined,
    cacheBytes: 1e9,
    port: 0,
    hostname: "::1",
    share: true,
    uploadBytesPerSecond: Infinity,
    ...options,
  });
}

/** A gateway that names everyone at `host`, without a lease for anyone but the first. */
function naming(host: string, url: string): DoubleAnswer {
  const here: { id: string; port: number }[] = [];
  return (message, client) => {
    if (message.t === "lease") {
      const { key, from, until } = message;
      const first = client.hello?.id === here[0]?.id;
      const count = Math.min(until - from, 8);
      const lease = { from, count, source: url, ttlMs: 5000 };
      return client.send(
        first
          ? { t: "lease", key, lease }
          : { t: "wait", key, from, until, retryMs: 500 },
      );
    }
    if (message.t !== "join") return;
    const peers = here.map((peer) => ({
      ...peer,
      host,
      capacity: 1e6,
      share: 1,
    }));
    const { id, port } = client.hello!;
    here.push({ id, port });
    client.send({
      t: "joined",
      ref: message.ref,
      resource: {
        url: message.url,
        key: ROOT,
        provisional: false,
        root: ROOT,
        length: LENGTH,
        mirrors: [],
      },
      hashes: { from: 0, leaves: LAYER.toBase64(), uncles: "" },
      peers,
      leases: [],
    });
  };
}

function startOrigin(): { url: string; server: Deno.HttpServer<Deno.NetAddr> } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const range = /bytes=(\d+)-(\d+)/.exec(
        request.headers.get("range") ?? "",
      );
      if (range === null) return new Response(FILE.slice());
      const [start, end] = [Number(range[1]), Number(range[2]) + 1];
      const body = FILE.slice(start, end);
      const last = start + body.length - 1;
      const headers = { "content-range": `bytes ${start}-${last}/${LENGTH}` };
      return new Response(body, { status: 206, headers });
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}/a.mp3`, server };
}

/** Opens the file and has all of it. */
async function download(node: PeerNode, url: string, gateway: string) {
  const named = { url, root: ROOT, length: LENGTH };
  const file = await node.openWhole(named, [gateway], never);
  await file.whole(never);
  assertEquals(await file.read(0, LENGTH), FILE);
}

Deno.test("two listeners on [::1] link by IPv6, and the second has all from the first", async () => {
  const { url, server } = startOrigin();
  await using gateway = new GatewayDouble(naming("::1", url));
  const [ann, bob] = [await startNode(), await startNode()];
  await download(ann, url, gateway.url);
  await download(bob, url, gateway.url);
  assertEquals(bob.status().bytesFromPeers, LENGTH);
  assertEquals(bob.status().bytesFromOrigin, 0);
  for (const node of [ann, bob]) await node.close();
  await server.shutdown();
});

Deno.test("a port is asked by IPv6 whose it is", async () => {
  const node = await startNode();
  const there = { id: node.id, host: "::1", port: node.port };
  assertEquals(await answersAt(there, never, systemClock), true);
  const other = { ...there, id: "00".repeat(16) };
  assertEquals(await answersAt(other, never, systemClock), false);
  await node.close();
});

Deno.test("a listener that nobody can dial is asked to dial, and gives over the link that it opened", async () => {
  const { url, server } = startOrigin();
  // Ann has no port; when Bob comes she is told to dial him, and he of nobody.
  const gives = naming("127.0.0.1", url);
  let ann: Parameters<DoubleAnswer>[1] | undefined;
  await using gateway = new GatewayDouble((message, client) => {
    if (message.t !== "join" || ann === undefined) {
      if (message.t === "join") ann = client;
      return gives(message, client);
    }
    const { id, port } = client.hello!;
    const peer = { id, port, host: "127.0.0.1", capacity: 1e6, share: 0 };
    gives(
      message,
      {
        ...client,
        hello: client.hello!,
        send: (answer) =>
          client.send("peers" in answer ? { ...answer, peers: [] } : answer),
      } as typeof client,
    );
    ann.send({ t: "dial", peer, key: ROOT });
  });
  const hidden = await startNode({ hostname: "127.0.0.1" });
  await download(hidden, url, gateway.url);
  const bob = await startNode({ hostname: "127.0.0.1" });
  await download(bob, url, gateway.url);
  assertEquals(bob.status().bytesFromPeers, LENGTH);
  assert(hidden.status().bytesToPeers >= LENGTH);
  for (const node of [hidden, bob]) await node.close();
  await server.shutdown();
});

Deno.test("the router's port is the one that others are told, and is given back", async () => {
  let [mapped, released] = [0, 0];
  const here = Promise.withResolvers<void>();
  const reach = new Reachability({
    self: { id: "ab".repeat(16), port: 7160 },
    hostname: "0.0.0.0",
    lan: false,
    mapPort: true,
    clock: systemClock,
    log: () => {},
    found: () => {},
    mapped: () => {
      mapped++;
      here.resolve();
    },
    map: (port) =>
      Promise.resolve({
        port: port + 1,
        release: () => Promise.resolve(void released++),
      }),
  });
  assertEquals(reach.portBy(4), 7160);
  await here.promise;
  assertEquals([reach.portBy(4), mapped], [7161, 1]);
  assertEquals(reach.portBy(6), 7160, "there is no router's port by IPv6");
  await reach.close();
  assertEquals(released, 1);
});

Deno.test("a port of this machine alone is mapped by nobody", async () => {
  const reach = new Reachability({
    self: { id: "ab".repeat(16), port: 7160 },
    hostname: "127.0.0.1",
    lan: true,
    mapPort: true,
    clock: systemClock,
    log: () => {},
    found: () => {},
    mapped: () => {},
    map: () => Promise.reject(new Error("the router was asked")),
  });
  reach.hear("https://jazz.example/playlist.rss");
  await reach.close();
});

Deno.test("a listener that is told to leave the router alone does so", async () => {
  const reach = new Reachability({
    self: { id: "ab".repeat(16), port: 7160 },
    hostname: "0.0.0.0",
    lan: false,
    mapPort: false,
    clock: systemClock,
    log: () => {},
    found: () => {},
    mapped: () => {},
    map: () => {
      throw new Error("the router was asked");
    },
  });
  assertEquals(reach.portBy(4), 7160);
  await reach.close();
});
