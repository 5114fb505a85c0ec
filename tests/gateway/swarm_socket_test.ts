import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  formatTreeUrn,
  LEAF_BYTES,
  LeafHashes,
  LeafLayerBuilder,
  parseContentUrn,
  toHex,
} from "../../lib/hashtree/mod.ts";
import type { HashRun } from "../../lib/gateway/messages.ts";
import { GATEWAY_RUN_LEAVES_MAX } from "../../lib/limits.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { freePort } from "../support/ports.ts";
import {
  gate,
  oneFile,
  startGateway,
  startOrigin,
  type TestClient,
} from "./world.ts";

function treeOf(file: Uint8Array) {
  const builder = new LeafLayerBuilder();
  builder.write(file);
  return builder.finish();
}

const FILE = sampleFile(40 * LEAF_BYTES + 7);
const TREE = treeOf(FILE);
const ROOT = toHex(TREE.root);

function addRun(hashes: LeafHashes, run: HashRun): void {
  const bytes = (text = "") => Uint8Array.fromBase64(text);
  assert(hashes.addRun(run.from, bytes(run.leaves), bytes(run.uncles)));
}

/** Takes hashes until the root comes. */
async function followToRoot(client: TestClient, hashes: LeafHashes) {
  for (;;) {
    const message = await client.find(({ t }) =>
      t === "hashes" || t === "root"
    );
    if (message.t === "root") return message;
    if (message.t === "hashes") addRun(hashes, message.run);
  }
}

Deno.test("an unknown URL: hashes while the origin still sends, leases that never overlap, a root that proves them, one request", async () => {
  const half = gate();
  await using origin = await startOrigin(async (_, response) => {
    response.writeHead(200, {
      "content-type": "audio/mpeg",
      "content-length": FILE.length,
    });
    response.write(FILE.subarray(0, 20 * LEAF_BYTES + 3));
    await half.opened;
    response.end(FILE.subarray(20 * LEAF_BYTES + 3));
  });
  await using world = await startGateway();
  const [ann, bob] = [await world.client(), await world.client()];
  const url = `${origin.url}show.mp3`;
  const answers = await Promise.all([ann.joined({ url }), bob.joined({ url })]);
  const [{ resource }] = answers;
  const { key } = resource;
  assertEquals(answers[1].resource.key, key);
  assertEquals([resource.provisional, resource.root], [true, undefined]);
  assertEquals([resource.length, resource.type], [FILE.length, "audio/mpeg"]);

  const known = [new LeafHashes(FILE.length), new LeafHashes(FILE.length)];
  for (const [i, client] of [ann, bob].entries()) {
    const first = answers[i]?.hashes;
    if (first !== undefined) addRun(known[i]!, first);
    while (known[i]!.known < 20) {
      addRun(known[i]!, (await client.next("hashes")).run);
    }
    assert(
      known[i]!.verifyLeaf(19, FILE.subarray(19 * LEAF_BYTES, 20 * LEAF_BYTES)),
    );
  }

  // While it arrives, leases are for what has arrived, at the gateway's copy.
  const leased = new Set<number>();
  for (let round = 0; round < 3; round++) {
    for (const client of [ann, bob]) {
      client.send({ t: "lease", key, from: round * 8, until: 41, chunks: 1 });
      const message = await client.find(({ t }) =>
        t === "lease" || t === "wait"
      );
      if (message.t !== "lease") continue;
      const { from, count, source } = message.lease;
      assertEquals([from % 4, count], [0, 4]);
      for (let leaf = from; leaf < from + count; leaf++) {
        assert(!leased.has(leaf), `leaf ${leaf} twice`);
        leased.add(leaf);
      }
      const range = `bytes=${from * LEAF_BYTES}-${
        (from + count) * LEAF_BYTES - 1
      }`;
      const answer = await fetch(source, { headers: { range } });
      assertEquals(answer.status, 206);
      assert(known[0]!.verifyRange(from, await answer.bytes()));
      client.send({ t: "done", key, from, count, ok: true, ms: 5 });
    }
  }
  assertEquals(leased.size, 20, "and no further than what has arrived");

  half.open();
  for (const [i, client] of [ann, bob].entries()) {
    const root = await followToRoot(client, known[i]!);
    assertEquals([root.key, root.root, root.length], [key, ROOT, FILE.length]);
    assert(known[i]!.complete && known[i]!.rebind(TREE.root));
  }
  // The same content by its new name; what was fetched is not leased again.
  ann.send({ t: "lease", key: ROOT, from: 20, until: 41, chunks: 64 });
  const { lease } = await ann.next("lease");
  assertEquals([lease.from, lease.count], [20, 21]);
  assert(lease.source.endsWith(formatTreeUrn(ROOT)));
  assertEquals(origin.requests, ["GET /show.mp3"]);
});

Deno.test("a root in the playlist and a .tree beside the file: proven hashes in one answer, nothing downloaded", async () => {
  await using origin = await startOrigin((request, response) => {
    if (request.url === "/a.mp3.tree") response.end(TREE.layer);
    else oneFile(FILE)(request, response);
  });
  await using world = await startGateway();
  const client = await world.client();
  const url = `${origin.url}a.mp3`;
  const answer = await client.joined({
    url,
    root: ROOT,
    length: FILE.length,
    leaf: 9,
    lease: 2,
  });
  assertEquals(answer.resource, {
    url,
    key: ROOT,
    provisional: false,
    root: ROOT,
    tree: `${world.url}ocn/v1/tree/${ROOT}`,
    length: FILE.length,
    type: "audio/mpeg",
    etag: '"one"',
    mirrors: [],
  });
  const hashes = new LeafHashes(FILE.length, TREE.root);
  addRun(hashes, answer.hashes!);
  assert(hashes.complete, "a small file's hashes come whole");
  assertEquals(
    answer.leases.map(({ from, count, source }) => [from, count, source]),
    [[8, 8, url]],
    "the origin's own URL, since nobody else has it",
  );
  assertEquals(origin.requests.toSorted(), ["GET /a.mp3.tree", "HEAD /a.mp3"]);
});

Deno.test("a root that the origin does not prove: only the client that named it is refused, and nothing is stored under it", async () => {
  const half = gate();
  await using origin = await startOrigin(async (request, response) => {
    if (request.url?.endsWith(".tree")) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-length": FILE.length, etag: '"x"' });
    if (request.method === "HEAD") return void response.end();
    response.write(FILE.subarray(0, 99_999));
    await half.opened;
    response.end(FILE.subarray(99_999));
  });
  await using world = await startGateway();
  const [liar, honest] = [await world.client(), await world.client()];
  const url = `${origin.url}a.mp3`;
  const wrong = "12".repeat(32);
  const answer = await liar.joined({ url, root: wrong, length: FILE.length });
  assert(answer.resource.provisional);
  await honest.joined({ url });
  half.open();
  const gone = await liar.next("gone");
  assertEquals([gone.key, gone.code], [
    answer.resource.key,
    "content-mismatch",
  ]);
  const hashes = new LeafHashes(FILE.length);
  assertEquals((await followToRoot(honest, hashes)).root, ROOT);
  assertEquals(await world.store.content(wrong), undefined);
  assert(!liar.received.some(({ t }) => t === "root"));
  // Now that the root is known the refusal comes at once.
  const again = await liar.join({ url, root: wrong, length: FILE.length });
  assertEquals(again.t === "error" && again.code, "content-mismatch");
  const short = await liar.join({ url, root: ROOT, length: 5 });
  assertEquals(short.t === "error" && short.code, "content-mismatch");
});

Deno.test("an origin that fails on the way: members are told why, and those who ask next", async () => {
  const half = gate();
  await using origin = await startOrigin(async (_, response) => {
    response.writeHead(200, { "content-length": FILE.length });
    response.write(FILE.subarray(0, 70_000));
    await half.opened;
    response.destroy();
  });
  await using world = await startGateway();
  const client = await world.client();
  const url = `${origin.url}a.mp3`;
  const { resource } = await client.joined({ url });
  half.open();
  const gone = await client.next("gone");
  assertEquals([gone.key, gone.code], [resource.key, "media-unreachable"]);
  const again = await client.join({ url });
  assertEquals(again.t === "error" && again.code, "media-unreachable");
  assertEquals(origin.requests.length, 1, "a dead origin is not asked by each");
  assertEquals(world.gateway.status().keptBytes, 0);
  assertEquals([...Deno.readDirSync(world.folder.file("arriving"))], []);
});

Deno.test("what is no media file is refused with a message that names the reason", async () => {
  await using origin = await startOrigin((request, response) => {
    const path = request.url ?? "";
    const head: Record<string, string> = { "content-type": "audio/mpeg" };
    if (path === "/html") head["content-type"] = "text/html; charset=utf-8";
    if (path === "/packed") head["content-encoding"] = "gzip";
    if (path !== "/endless") head["content-length"] = "20000";
    if (path === "/empty") head["content-length"] = "0";
    if (path === "/huge") head["content-length"] = String(2 ** 42);
    if (path === "/loop") head.location = "/loop";
    const status = path === "/missing" ? 404 : path === "/loop" ? 302 : 200;
    response.writeHead(status, head);
    response.flushHeaders();
    if (path === "/empty") response.end();
  });
  await using world = await startGateway();
  const client = await world.client();
  const cases: [string, string, RegExp][] = [
    ["html", "media-rejected", /text\/html/],
    ["packed", "media-rejected", /compressed/],
    ["endless", "media-rejected", /how long/],
    ["empty", "media-rejected", /empty/],
    ["huge", "media-rejected", /at most/],
    ["missing", "media-unreachable", /404/],
    ["loop", "media-unreachable", /redirects/],
  ];
  for (const [path, code, message] of cases) {
    const answer = await client.join({ url: origin.url + path });
    assert(answer.t === "error", path);
    assertEquals(answer.code, code, path);
    assert(message.test(answer.message), answer.message);
  }
  const own = await client.join({ url: `${world.url}time` });
  assertEquals(own.t === "error" && own.code, "url-forbidden");
});

Deno.test("a changed file is a new content, and members of the old one are told", async () => {
  let version = 1;
  await using origin = await startOrigin((request, response) => {
    const bytes = FILE.subarray(version === 1 ? 0 : 1);
    oneFile(bytes, { etag: `"${version}"` })(request, response);
  });
  let nowMs = 1e12;
  const clock = { ...(await import("../../lib/clock.ts")).systemClock };
  await using world = await startGateway({
    clock: { ...clock, now: () => nowMs },
  });
  const client = await world.client();
  const url = `${origin.url}a.mp3`;
  const first = await client.joined({ url });
  await followToRoot(client, new LeafHashes(FILE.length));
  version = 2;
  assertEquals(
    (await client.joined({ url })).resource.key,
    ROOT,
    "within a minute",
  );
  nowMs += 61_000;
  const other = await world.client();
  const second = await other.joined({ url });
  assertNotEquals(second.resource.key, first.resource.key);
  assertEquals(second.resource.length, FILE.length - 1);
  const gone = await client.next("gone");
  assertEquals([gone.key, gone.code], [ROOT, "media-changed"]);
});

Deno.test("two URLs with the same bytes end up as one content", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway();
  const [ann, bob] = [
    await world.client(),
    await world.client({ port: 0 }),
  ];
  await ann.joined({ url: `${origin.url}a.mp3` });
  assertEquals(
    (await followToRoot(ann, new LeafHashes(FILE.length))).root,
    ROOT,
  );
  const second = await bob.joined({ url: `${origin.url}b.mp3` });
  if (second.resource.provisional) {
    const root = await followToRoot(bob, new LeafHashes(FILE.length));
    assertEquals(root.root, ROOT);
  }
  bob.send({ t: "lease", key: ROOT, from: 0, until: 4, chunks: 1 });
  const { lease } = await bob.next("lease");
  bob.send({ t: "done", key: ROOT, from: 0, count: 4, ok: true, ms: 5 });
  ann.send({ t: "lease", key: ROOT, from: 0, until: 4, chunks: 1 });
  assertEquals(lease.from, 0);
  assert((await ann.next("wait")).retryMs > 0, "one book for both");
  assertEquals(world.gateway.status().keptBytes, FILE.length);
});

Deno.test("peers are told of each other once they are dialled back, and of leaving", async () => {
  const reachable = new Set<string>();
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway({
    dialBack: ({ id }) => Promise.resolve(reachable.has(id)),
  });
  const port = freePort();
  reachable.add("a".repeat(32));
  const ann = await world.client({ id: "a".repeat(32), port });
  assertEquals((await ann.next("welcome")).reachable, true);
  const bob = await world.client({ id: "b".repeat(32), port });
  assertEquals((await bob.next("welcome")).reachable, false);
  const url = `${origin.url}a.mp3`;
  await ann.joined({ url });
  const told = await bob.joined({ url });
  assertEquals(told.peers, [{
    id: "a".repeat(32),
    host: "127.0.0.1",
    port,
    capacity: 1_000_000,
    share: 0,
  }]);
  const later = await world.client({ id: "c".repeat(32), share: false });
  assertEquals((await later.joined({ url })).peers.length, 1);
  await ann.close();
  const news = await bob.find((m) => m.t === "peers" && m.drop.length > 0);
  assertEquals(news.t === "peers" && news.drop, ["a".repeat(32)]);
});

Deno.test("a peer that nobody can dial is asked to dial the one that came", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway({
    dialBack: () => Promise.resolve(true),
  });
  const behind = await world.client({ port: 0 });
  const url = `${origin.url}a.mp3`;
  const { resource } = await behind.joined({ url });
  const open = await world.client({ port: 9999 });
  await open.next("welcome");
  await open.joined({ url });
  const dial = await behind.next("dial");
  assertEquals([dial.peer.id, dial.peer.port], [open.id, 9999]);
  assert([resource.key, ROOT].includes(dial.key));
});

Deno.test("a late joiner gets the hashes at its place, proven, and others when it asks", async () => {
  const file = sampleFile(600 * LEAF_BYTES);
  const tree = treeOf(file);
  await using origin = await startOrigin(oneFile(file));
  await using world = await startGateway();
  const first = await world.client();
  const url = `${origin.url}a.mp3`;
  await first.joined({ url });
  await followToRoot(first, new LeafHashes(file.length));
  const late = await world.client();
  const { hashes: run, resource } = await late.joined({ url, leaf: 599 });
  const hashes = new LeafHashes(file.length, tree.root);
  addRun(hashes, run!);
  assertEquals([run!.from, hashes.known], [GATEWAY_RUN_LEAVES_MAX, 88]);
  late.send({ t: "hashes", key: resource.key, from: 0, count: 1000 });
  while (!hashes.complete) addRun(hashes, (await late.next("hashes")).run);
  assertEquals(hashes.known, 600);
});

Deno.test("a file that is not to be kept is hashed all the same, and leased from its origin", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway({ keepBytes: FILE.length - 1 });
  const client = await world.client();
  const url = `${origin.url}a.mp3`;
  await client.joined({ url });
  await followToRoot(client, new LeafHashes(FILE.length));
  client.send({ t: "lease", key: ROOT, from: 0, until: 4, chunks: 1 });
  assertEquals((await client.next("lease")).lease.source, url);
  const copy = await fetch(`${world.url}uri-res/N2R?${formatTreeUrn(ROOT)}`);
  assertEquals(copy.status, 404);
  await copy.body?.cancel();
});

Deno.test("a gateway that starts again remembers, and serves what it kept though the origin is dead", async () => {
  const store = new (await import("../../lib/gateway/mod.ts")).MemoryStore();
  store.close = () => Promise.resolve();
  await using folder = await (await import("../support/temp.ts")).tempFolder();
  let url = "";
  {
    await using origin = await startOrigin(oneFile(FILE));
    await using world = await startGateway({ store, folder: folder.path });
    const client = await world.client();
    url = `${origin.url}a.mp3`;
    await client.joined({ url });
    await followToRoot(client, new LeafHashes(FILE.length));
  }
  const { systemClock } = await import("../../lib/clock.ts");
  const clock = { ...systemClock, now: () => systemClock.now() + 3_600_000 };
  await using world = await startGateway({ store, folder: folder.path, clock });
  const client = await world.client();
  const { resource } = await client.joined({ url });
  assertEquals([resource.key, resource.mirrors.length], [ROOT, 1]);
  const copy = await fetch(resource.mirrors[0]!);
  assertEquals(toHex(treeOf(await copy.bytes()).root), ROOT);
  assertEquals(parseContentUrn(new URL(resource.mirrors[0]!).search.slice(1)), {
    key: ROOT,
    provisional: false,
  });
});
