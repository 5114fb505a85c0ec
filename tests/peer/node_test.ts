/**
 * Nodes on loopback with real sockets, an origin of the test's and a gateway
 * double: what a listener gets, from whom, and what it does when somebody lies.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import type { ClientMessage } from "../../lib/gateway/messages.ts";
import {
  LEAF_BYTES,
  LeafLayerBuilder,
  prove,
  toHex,
} from "../../lib/hashtree/mod.ts";
import type { Log } from "../../lib/log.ts";
import { PeerNode, type PeerNodeOptions } from "../../lib/peer/mod.ts";
import {
  type DoubleAnswer,
  type DoubleClient,
  GatewayDouble,
} from "../support/gateway_double.ts";
import { tempFolder } from "../support/temp.ts";

const LENGTH = 40 * LEAF_BYTES + 100;
const FILE = Uint8Array.from(
  { length: LENGTH },
  (_, i) => (i * 7 + (i >> 8)) & 255,
);
const LAYER = layerOf(FILE);
const ROOT = toHex(LAYER.root);
const never = new AbortController().signal;

function layerOf(bytes: Uint8Array) {
  const builder = new LeafLayerBuilder();
  builder.write(bytes);
  return builder.finish();
}

/** An origin with what it was asked. */
class Origin implements AsyncDisposable {
  readonly asked: string[] = [];
  bytesSent = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(readonly how: { tree?: boolean; rangeless?: boolean } = {}) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/a.mp3`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    this.asked.push(`${pathname} ${request.headers.get("range") ?? ""}`);
    if (pathname.endsWith(".tree")) {
      return this.how.tree
        ? new Response(LAYER.layer.slice())
        : new Response("none", { status: 404 });
    }
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.get("range") ?? "");
    if (range === null || this.how.rangeless) return this.#send(0, LENGTH, 200);
    return this.#send(Number(range[1]), Number(range[2]) + 1, 206);
  }

  #send(start: number, end: number, status: number): Response {
    const bytes = FILE.slice(start, end);
    if (bytes.length > 1) this.bytesSent += bytes.length;
    return new Response(bytes, {
      status,
      headers: status === 206
        ? {
          "content-range": `bytes ${start}-${
            start + bytes.length - 1
          }/${LENGTH}`,
        }
        : {},
    });
  }
}

/** A log that can be read. */
function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: (level, message) => lines.push(`${level}: ${message}`) };
}

async function withNode(
  use: (node: PeerNode) => Promise<void>,
  options: Partial<PeerNodeOptions> = {},
): Promise<void> {
  const node = await PeerNode.start({
    clock: systemClock,
    log: () => {},
    random: Math.random,
    cacheFolder: undefined,
    cacheBytes: 1e9,
    port: 0,
    hostname: "127.0.0.1",
    share: true,
    uploadBytesPerSecond: Infinity,
    ...options,
  });
  try {
    await use(node);
  } finally {
    await node.close();
  }
}

/** Opens the file and reads all of it. */
async function download(
  node: PeerNode,
  url: string,
  gateways: string[],
  named: { root?: string; length?: number } = { root: ROOT, length: LENGTH },
): Promise<Uint8Array> {
  const file = await node.openWhole({ url, ...named }, gateways, never);
  await file.whole(never);
  const bytes = await file.read(0, LENGTH);
  file.close();
  return bytes;
}

/** A gateway that tells the truth, and lets everybody know everybody. */
function honest(originUrl: string): DoubleAnswer {
  const joined: DoubleClient[] = [];
  const held = new Set<number>();
  return (message, client) => {
    if (message.t === "join") {
      const peers = joined.flatMap(({ hello }) =>
        hello === undefined ? [] : [{
          id: hello.id,
          host: "127.0.0.1",
          port: hello.port,
          capacity: hello.capacity,
          share: 1,
        }]
      );
      joined.push(client);
      client.send({
        t: "joined",
        ref: message.ref,
        resource: resource(message.url),
        hashes: { from: 0, leaves: LAYER.layer.toBase64(), uncles: "" },
        peers,
        leases: [],
      });
    } else if (message.t === "done" && message.ok) {
      for (let i = 0; i < message.count; i++) held.add(message.from + i);
    } else if (message.t === "lease" && held.has(message.from)) {
      const { key, from, until } = message;
      client.send({ t: "wait", key, from, until, retryMs: 100 });
    } else grant(message, client, originUrl);
  };
}

function resource(url: string) {
  return {
    url,
    key: ROOT,
    provisional: false,
    root: ROOT,
    length: LENGTH,
    mirrors: [],
  };
}

function grant(
  message: ClientMessage,
  client: DoubleClient,
  source: string,
): void {
  if (message.t !== "lease") return;
  const { key, from } = message;
  const count = Math.min(message.until - from, 8);
  client.send({
    t: "lease",
    key,
    lease: { from, count, source, ttlMs: 5000 },
  });
}

Deno.test("without gateway and tree a file comes straight from the origin and is shared with nobody", async () => {
  await using origin = new Origin();
  const { log, lines } = keptLog();
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, []), FILE);
    assertEquals(node.status().bytesFromOrigin, LENGTH);
    assertEquals(node.share(ROOT), undefined);
  }, { log });
  assert(lines.some((line) => line.includes("No gateway and no .tree file")));
});

Deno.test("without a gateway the tree beside the file verifies it", async () => {
  await using origin = new Origin({ tree: true });
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, []), FILE);
    assertEquals(node.share(ROOT), 1);
  });
});

Deno.test("an origin that knows no Range is read through once", async () => {
  await using origin = new Origin({ rangeless: true, tree: true });
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, []), FILE);
  });
  assert(origin.bytesSent <= LENGTH, `${origin.bytesSent} bytes were sent`);
});

Deno.test("a second listener gets everything from the first", async () => {
  await using origin = new Origin();
  await using gateway = new GatewayDouble(honest(origin.url));
  await withNode(async (first) => {
    assertEquals(await download(first, origin.url, [gateway.url]), FILE);
    await withNode(async (second) => {
      assertEquals(await download(second, origin.url, [gateway.url]), FILE);
      assertEquals(second.status().bytesFromPeers, LENGTH);
      assertEquals(second.status().bytesFromOrigin, 0);
    });
    assertEquals(first.status().bytesToPeers, LENGTH);
  });
  assertEquals(origin.bytesSent, LENGTH);
});

Deno.test("a listener that shares nothing still receives", async () => {
  await using origin = new Origin();
  await using gateway = new GatewayDouble(honest(origin.url));
  await withNode(async (first) => {
    await download(first, origin.url, [gateway.url]);
    await withNode(async (second) => {
      assertEquals(await download(second, origin.url, [gateway.url]), FILE);
      assertEquals(second.port, 0);
      assertEquals(second.status().bytesFromPeers, LENGTH);
    }, { share: false });
  });
});

Deno.test("a gateway whose hashes do not prove the playlist's root is dropped, and the file comes right", async () => {
  await using origin = new Origin({ tree: true });
  const bent = LAYER.layer.slice();
  bent[5]! ^= 1;
  await using gateway = new GatewayDouble((message, client) => {
    if (message.t !== "join") return;
    client.send({
      t: "joined",
      ref: message.ref,
      resource: resource(message.url),
      hashes: { from: 0, leaves: bent.toBase64(), uncles: "" },
      peers: [],
      leases: [],
    });
  });
  const { log, lines } = keptLog();
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, [gateway.url]), FILE);
  }, { log });
  assert(lines.some((line) => line.includes("not to be trusted")));
});

Deno.test("a gateway that names other bytes than the playlist is dropped", async () => {
  await using origin = new Origin({ tree: true });
  await using gateway = new GatewayDouble((message, client) => {
    if (message.t !== "join") return;
    const other = { root: "00".repeat(32), key: "00".repeat(32) };
    client.send({
      t: "joined",
      ref: message.ref,
      resource: { ...resource(message.url), ...other },
      peers: [],
      leases: [],
    });
  });
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, [gateway.url]), FILE);
    assertEquals(node.share("00".repeat(32)), undefined);
  });
});

Deno.test("a gateway that leases a source of false bytes is dropped", async () => {
  await using origin = new Origin({ tree: true });
  const false_ = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const [, start, end] = /bytes=(\d+)-(\d+)/.exec(
        request.headers.get("range")!,
      )!.map(Number);
      return new Response(new Uint8Array(end! - start! + 1), {
        status: 206,
        headers: { "content-range": `bytes ${start}-${end}/${LENGTH}` },
      });
    },
  );
  const source = `http://127.0.0.1:${false_.addr.port}/copy`;
  await using gateway = new GatewayDouble(honest(source));
  const { log, lines } = keptLog();
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, [gateway.url]), FILE);
    assert(node.status().badChunks > 0);
  }, { log });
  assert(lines.some((line) => line.includes("fails its hashes")));
  await false_.shutdown();
});

Deno.test("a gateway that talks nonsense is dropped", async () => {
  await using origin = new Origin({ tree: true });
  await using gateway = new GatewayDouble((message, client) => {
    honest(origin.url)(message, client);
    if (message.t !== "join") return;
    const nonsense = { t: "peers", key: ROOT, add: 7, drop: null };
    client.send(nonsense as unknown as Parameters<typeof client.send>[0]);
  });
  const { log, lines } = keptLog();
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, [gateway.url]), FILE);
  }, { log });
  assert(lines.some((line) => line.includes("makes no sense")));
});

Deno.test("a gateway that cannot be reached is named once, and the file comes all the same", async () => {
  await using origin = new Origin({ tree: true });
  const { log, lines } = keptLog();
  await withNode(async (node) => {
    const file = await download(node, origin.url, ["http://127.0.0.1:1/"]);
    assertEquals(file, FILE);
  }, { log });
  assertEquals(lines.filter((line) => line.startsWith("warn:")).length, 1);
});

Deno.test("a file whose root and tree contradict the origin's bytes fails with a clear error", async () => {
  const other = layerOf(FILE.slice().fill(9, 20 * LEAF_BYTES));
  await using origin = new Origin();
  await using gateway = new GatewayDouble((message, client) => {
    if (message.t === "join") {
      client.send({
        t: "joined",
        ref: message.ref,
        resource: {
          ...resource(message.url),
          key: toHex(other.root),
          root: toHex(other.root),
        },
        hashes: { from: 0, leaves: other.layer.toBase64(), uncles: "" },
        peers: [],
        leases: [],
      });
    } else grant(message, client, origin.url);
  });
  await withNode(async (node) => {
    const error = await assertRejects(
      () =>
        download(node, origin.url, [gateway.url], {
          root: toHex(other.root),
          length: LENGTH,
        }),
      AlluviumError,
    );
    assertEquals(error.code, "media-changed");
  });
});

Deno.test("after a restart the cache serves without origin and gateway", async () => {
  await using temp = await tempFolder();
  const origin = new Origin({ tree: true });
  const { url } = origin;
  await using gateway = new GatewayDouble(honest(url));
  await withNode(async (node) => {
    await download(node, url, [gateway.url]);
  }, { cacheFolder: temp.path });
  await origin[Symbol.asyncDispose]();
  await withNode(async (node) => {
    assertEquals(await download(node, url, [gateway.url]), FILE);
    assertEquals(node.status().bytesFromOrigin, 0);
  }, { cacheFolder: temp.path });
});

Deno.test("a file whose gateway dies is taken on by the next of the list at once", async () => {
  await using origin = new Origin();
  const first = new GatewayDouble(honest(origin.url));
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const answer = honest(origin.url);
  await using second = new GatewayDouble((message, client) => {
    answer(message, client);
    if (message.t === "join") resolve();
  });
  await withNode(async (node) => {
    await download(node, origin.url, [first.url, second.url]);
    assertEquals(second.heard, [], "one gateway is enough");
    await first[Symbol.asyncDispose]();
    await asked;
  });
});

Deno.test("what the disk spoiled while the program was away is fetched again", async () => {
  await using temp = await tempFolder();
  await using origin = new Origin();
  await using gateway = new GatewayDouble(honest(origin.url));
  await withNode(async (node) => {
    await download(node, origin.url, [gateway.url]);
  }, { cacheFolder: temp.path });
  const path = `${temp.path}/${ROOT}-${LENGTH}.part`;
  using disk = await Deno.open(path, { write: true });
  await disk.seek(3 * LEAF_BYTES + 7, Deno.SeekMode.Start);
  await disk.write(new Uint8Array([0xff, 0xff]));
  await using later = new GatewayDouble(honest(origin.url));
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, [later.url]), FILE);
    assert(node.status().bytesFromOrigin > 0);
    assert(node.status().bytesFromOrigin <= 4 * LEAF_BYTES);
  }, { cacheFolder: temp.path });
});

Deno.test("a provisional content is verified by the gateway's hashes and takes its root", async () => {
  await using origin = new Origin();
  const key = "77".repeat(32);
  await using gateway = new GatewayDouble((message, client) => {
    if (message.t === "join") {
      client.send({
        t: "joined",
        ref: message.ref,
        resource: {
          url: message.url,
          key,
          provisional: true,
          length: LENGTH,
          mirrors: [],
        },
        hashes: {
          from: 0,
          leaves: LAYER.layer.subarray(0, 32 * 20).toBase64(),
        },
        peers: [],
        leases: [],
      });
    } else if (message.t === "hashes") {
      const rest = LAYER.layer.subarray(32 * 20).toBase64();
      client.send({ t: "hashes", key, run: { from: 20, leaves: rest } });
      client.send({ t: "root", key, root: ROOT, length: LENGTH });
    } else grant(message, client, origin.url);
  });
  await withNode(async (node) => {
    const file = await node.openWhole(
      { url: origin.url },
      [gateway.url],
      never,
    );
    await file.whole(never);
    assertEquals(await file.read(0, LENGTH), FILE);
    assertEquals(file.root, ROOT);
    assertEquals([node.share(key), node.share(ROOT)], [1, 1]);
    file.close();
  });
});

Deno.test("a gateway that is still hashing what the playlist names is waited for, not distrusted", async () => {
  await using origin = new Origin();
  let asked = 0;
  await using gateway = new GatewayDouble((message, client) => {
    if (message.t !== "join") return grant(message, client, origin.url);
    const { ref, url } = message;
    const isHashing = asked++ === 0;
    client.send({
      t: "joined",
      ref,
      resource: isHashing
        ? {
          url,
          key: "77".repeat(32),
          provisional: true,
          length: LENGTH,
          mirrors: [],
        }
        : resource(url),
      hashes: { from: 0, leaves: LAYER.layer.toBase64(), uncles: "" },
      peers: [],
      leases: [],
    });
  });
  await withNode(async (node) => {
    assertEquals(await download(node, origin.url, [gateway.url]), FILE);
    assertEquals(node.share(ROOT), 1);
  });
  assertEquals(asked, 2);
});

Deno.test("when the gateway dies before its hashes are complete, the file goes on from the origin", async () => {
  await using origin = new Origin();
  const key = "77".repeat(32);
  const gateway = new GatewayDouble((message, client) => {
    if (message.t === "join") {
      client.send({
        t: "joined",
        ref: message.ref,
        resource: {
          url: message.url,
          key,
          provisional: true,
          length: LENGTH,
          mirrors: [],
        },
        hashes: {
          from: 0,
          leaves: LAYER.layer.subarray(0, 32 * 8).toBase64(),
        },
        peers: [],
        leases: [],
      });
    } else if (message.t === "hashes") {
      void gateway[Symbol.asyncDispose]();
    } else grant(message, client, origin.url);
  });
  await withNode(async (node) => {
    const file = await node.openWhole(
      { url: origin.url },
      [gateway.url],
      never,
    );
    await file.whole(never);
    assertEquals(await file.read(0, LENGTH), FILE);
    file.close();
  });
});

Deno.test("when the gateway dies right after its answer, the file comes from the origin", async () => {
  await using temp = await tempFolder();
  const key = "77".repeat(32);
  // It takes a while to look at what the cache has: the socket is closed by then.
  await temp.write(`${key}-${LENGTH}.have`, `[${" ".repeat(2e7)}]`);
  await using origin = new Origin();
  const gateway = new GatewayDouble((message, client) => {
    if (message.t !== "join") return;
    const { root: _, ...named } = resource(message.url);
    client.send({
      t: "joined",
      ref: message.ref,
      resource: { ...named, key, provisional: true },
      peers: [],
      leases: [],
    });
    void gateway[Symbol.asyncDispose]();
  });
  await withNode(async (node) => {
    const file = await node.openWhole(
      { url: origin.url },
      [gateway.url],
      never,
    );
    await file.whole(AbortSignal.timeout(5000));
    assertEquals(await file.read(0, LENGTH), FILE);
    file.close();
  }, { cacheFolder: temp.path });
});

Deno.test("any HTTP client can fetch what a listener holds, whole or by Range", async () => {
  await using origin = new Origin({ tree: true });
  await withNode(async (node) => {
    await download(node, origin.url, []);
    const n2r =
      `http://127.0.0.1:${node.port}/uri-res/N2R?urn:tree:sha256:${ROOT}`;
    const whole = await fetch(n2r);
    assertEquals(await whole.bytes(), FILE);
    const part = await fetch(n2r, { headers: { range: "bytes=5-9" } });
    assertEquals(part.status, 206);
    assertEquals(await part.bytes(), FILE.slice(5, 10));
    const tail = await fetch(n2r, { headers: { range: "bytes=-3" } });
    assertEquals(await tail.bytes(), FILE.slice(-3));
    const none = await fetch(n2r, { headers: { range: `bytes=${LENGTH}-` } });
    assertEquals(none.status, 416);
    await none.body?.cancel();
    const unknown = await fetch(n2r.replace(ROOT, "00".repeat(32)));
    assertEquals(unknown.status, 404);
    await unknown.body?.cancel();
  });
});

Deno.test("proofs of a run in the middle verify what is read there first", async () => {
  await using origin = new Origin();
  await using gateway = new GatewayDouble((message, client) => {
    if (message.t === "join") {
      assertEquals(message.leaf, 20);
      const leaves = LAYER.layer.subarray(32 * 16, 32 * 32);
      client.send({
        t: "joined",
        ref: message.ref,
        resource: resource(message.url),
        hashes: {
          from: 16,
          leaves: leaves.toBase64(),
          uncles: prove(LAYER.layer, 16, 16).toBase64(),
        },
        peers: [],
        leases: [],
      });
    } else grant(message, client, origin.url);
  });
  await withNode(async (node) => {
    const file = await node.open(
      { url: origin.url, root: ROOT, length: LENGTH, durationMs: 40_000 },
      {
        gateways: [gateway.url],
        startMs: Date.now(),
        fromFraction: 0.5,
        signal: never,
      },
    );
    const offset = 21 * LEAF_BYTES;
    assertEquals(
      await file.read(offset, 10),
      FILE.slice(offset, offset + 10),
    );
    file.close();
  });
});
