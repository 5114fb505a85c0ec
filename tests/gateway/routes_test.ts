import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import {
  formatTreeUrn,
  LEAF_BYTES,
  LeafLayerBuilder,
  toHex,
  verifyRun,
} from "../../lib/hashtree/mod.ts";
import type { Resource } from "../../lib/gateway/messages.ts";
import { systemClock } from "../../lib/clock.ts";
import { sampleFile } from "../hashtree/reference.ts";
import {
  gate,
  type GatewayWorld,
  oneFile,
  startGateway,
  startOrigin,
} from "./world.ts";

const FILE = sampleFile(40 * LEAF_BYTES + 7);
const builder = new LeafLayerBuilder();
builder.write(FILE);
const TREE = builder.finish();
const ROOT = toHex(TREE.root);
const URN = formatTreeUrn(ROOT);
const SHA256 = createHash("sha256").update(FILE).digest();

/** Asks until the file is hashed; the last answer. */
async function hashed(world: GatewayWorld, url: string): Promise<Resource> {
  for (;;) {
    const answer = await fetch(
      `${world.url}ocn/v1/resource?url=${encodeURIComponent(url)}`,
    );
    const resource = await answer.json() as Resource;
    assertEquals(answer.status, resource.provisional ? 202 : 200);
    if (!resource.provisional) return resource;
    await systemClock.sleep(5);
  }
}

async function problem(answer: Response): Promise<[number, string]> {
  const { code, status } = await answer.json();
  assertEquals(
    answer.headers.get("content-type"),
    "application/problem+json",
  );
  assertEquals(status, answer.status);
  return [status, code];
}

Deno.test("resource answers 202 with progress while the file is hashed, then 200 with its root", async () => {
  const half = gate();
  await using origin = await startOrigin(async (_, response) => {
    response.writeHead(200, { "content-length": FILE.length, etag: '"x"' });
    response.write(FILE.subarray(0, 3 * LEAF_BYTES));
    await half.opened;
    response.end(FILE.subarray(3 * LEAF_BYTES));
  });
  await using world = await startGateway();
  const url = `${origin.url}a.mp3`;
  const query = `${world.url}ocn/v1/resource?url=${encodeURIComponent(url)}`;
  const first = await fetch(query);
  const resource = await first.json();
  assertEquals([first.status, resource.provisional], [202, true]);
  assert(resource.hashedBytes <= 3 * LEAF_BYTES);
  half.open();
  const { root, tree, length, etag, mirrors } = await hashed(world, url);
  assertEquals([root, length, etag], [ROOT, FILE.length, '"x"']);
  assertEquals(tree, `${world.url}ocn/v1/tree/${ROOT}`);
  assertEquals(mirrors, [`${world.url}uri-res/N2R?${URN}`]);
  assertEquals(origin.requests, ["GET /a.mp3"]);
});

Deno.test("tree gives the whole layer, and runs with what proves them", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway();
  const { tree } = await hashed(world, `${origin.url}a.mp3`);
  const whole = await fetch(tree!);
  assertEquals(await whole.bytes(), TREE.layer);
  for (const [from, count] of [[0, 1], [5, 3], [40, 1], [39, 2], [0, 999]]) {
    const answer = await fetch(`${tree}?from=${from}&count=${count}`);
    const [first = 0, last = 0] = answer.headers.get("x-leaves")!
      .split("-").map(Number);
    assert(first <= from! && last >= Math.min(40, from! + count! - 1));
    const bytes = await answer.bytes();
    const leaves = bytes.subarray(0, (last - first + 1) * 32);
    const uncles = bytes.subarray(leaves.length);
    assertEquals(leaves, TREE.layer.subarray(first * 32, (last + 1) * 32));
    assert(verifyRun(TREE.root, FILE.length, first, leaves, uncles));
  }
  for (const query of ["from=41", "from=-1", "from=x", "count=0", "from=1.5"]) {
    assertEquals(
      await problem(await fetch(`${tree}?${query}`)),
      [400, "bad-request"],
      query,
    );
  }
  const unknown = await fetch(`${world.url}ocn/v1/tree/${"00".repeat(32)}`);
  assertEquals(await problem(unknown), [404, "not-found"]);
  const rubbish = await fetch(`${world.url}ocn/v1/tree/..%2f..%2fetc`);
  assertEquals(await problem(rubbish), [404, "not-found"]);
});

Deno.test("N2R gives the bytes, by range too, with their names, digests and mirrors", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway();
  const url = `${origin.url}a.mp3`;
  await hashed(world, url);
  const copy = `${world.url}uri-res/N2R?${URN}`;
  const whole = await fetch(copy);
  assertEquals(await whole.bytes(), FILE);
  const { headers } = whole;
  assertEquals(headers.get("content-type"), "audio/mpeg");
  assertEquals(headers.get("accept-ranges"), "bytes");
  assertEquals(headers.get("x-content-urn"), URN);
  assertEquals(headers.get("etag"), `"${ROOT}"`);
  assertEquals(
    headers.get("repr-digest"),
    `sha-256=:${SHA256.toString("base64")}:`,
  );
  assertEquals(headers.get("digest"), `SHA-256=${SHA256.toString("base64")}`);
  assertEquals(headers.get("link"), `<${url}>; rel=duplicate; pri=1`);
  assertMatch(headers.get("x-uri-res") ?? "", /N2Ls/);
  assertEquals(headers.get("x-available-ranges"), null);

  const part = await fetch(copy, { headers: { range: "bytes=16000-17000" } });
  assertEquals(part.status, 206);
  assertEquals(
    part.headers.get("content-range"),
    `bytes 16000-17000/${FILE.length}`,
  );
  assertEquals(await part.bytes(), FILE.subarray(16000, 17001));
  // The digest is of the whole, so that a range can be told to be of it.
  assertEquals(part.headers.get("repr-digest"), headers.get("repr-digest"));

  const stale = await fetch(copy, {
    headers: { range: "bytes=0-1", "if-range": '"other"' },
  });
  assertEquals([stale.status, (await stale.bytes()).length], [
    200,
    FILE.length,
  ]);
  const past = await fetch(copy, { headers: { range: "bytes=999999999-" } });
  assertEquals(await problem(past), [416, "range-not-satisfiable"]);
  const head = await fetch(copy, { method: "HEAD" });
  assertEquals(head.headers.get("content-length"), String(FILE.length));
  assertEquals((await head.bytes()).length, 0);
  const escaped = await fetch(
    `${world.url}uri-res/N2R?${encodeURIComponent(URN.toUpperCase())}`,
    { headers: { range: "bytes=0-0" } },
  );
  assertEquals((await escaped.bytes()).length, 1);
  assertEquals(origin.requests.length, 1);
});

Deno.test("N2R gives a provisional content as it arrives, waiting for what is to come", async () => {
  const half = gate();
  await using origin = await startOrigin(async (_, response) => {
    response.writeHead(200, { "content-length": FILE.length });
    response.write(FILE.subarray(0, 3 * LEAF_BYTES));
    await half.opened;
    response.end(FILE.subarray(3 * LEAF_BYTES));
  });
  await using world = await startGateway();
  const client = await world.client();
  const { resource } = await client.joined({ url: `${origin.url}a.mp3` });
  const copy = resource.mirrors[0]!;
  assertMatch(copy, /N2R\?urn:alluvium:provisional:[0-9a-f]{64}$/);
  const early = await fetch(copy, { headers: { range: "bytes=0-16383" } });
  assertEquals(await early.bytes(), FILE.subarray(0, LEAF_BYTES));
  assertEquals(early.headers.get("cache-control"), "no-store");
  const across = fetch(copy, { headers: { range: "bytes=40000-60000" } });
  const late = fetch(copy, { headers: { range: "bytes=500000-500099" } });
  const whole = fetch(copy);
  half.open();
  assertEquals(await (await across).bytes(), FILE.subarray(40000, 60001));
  assertEquals(await (await late).bytes(), FILE.subarray(500000, 500100));
  assertEquals(await (await whole).bytes(), FILE);
  const after = await fetch(copy, { headers: { range: "bytes=0-9" } });
  assertEquals(await after.bytes(), FILE.subarray(0, 10), "the old name stays");
});

Deno.test("a reader of a content that fails is cut off, not given a short file", async () => {
  const half = gate();
  await using origin = await startOrigin(async (_, response) => {
    response.writeHead(200, { "content-length": FILE.length });
    response.write(FILE.subarray(0, 3 * LEAF_BYTES));
    await half.opened;
    response.destroy();
  });
  await using world = await startGateway();
  const client = await world.client();
  const { resource } = await client.joined({ url: `${origin.url}a.mp3` });
  const answer = await fetch(resource.mirrors[0]!);
  half.open();
  const error = await answer.bytes().then(() => undefined, (error) => error);
  assert(error instanceof Error);
});

Deno.test("N2L and N2Ls name the places that have a content, never a listener's", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway({
    dialBack: () => Promise.resolve(true),
    publicUrl: "https://gateway.example/base",
  });
  const listener = await world.client({ port: 54321 });
  const url = `${origin.url}a.mp3`;
  await listener.joined({ url });
  await listener.find(({ t }) => t === "root");
  const copy = `https://gateway.example/base/uri-res/N2R?${URN}`;
  const n2l = await fetch(`${world.url}uri-res/N2L?${URN}`, {
    redirect: "manual",
  });
  await n2l.body?.cancel();
  assertEquals([n2l.status, n2l.headers.get("location")], [303, copy]);
  const n2ls = await fetch(`${world.url}uri-res/N2Ls?${URN}`);
  assertEquals(n2ls.headers.get("content-type"), "text/uri-list");
  const text = await n2ls.text();
  assertEquals(text, [`# ${URN}`, copy, url, ""].join("\r\n"));
  const resource = await (await fetch(
    `${world.url}ocn/v1/resource?url=${encodeURIComponent(url)}`,
  )).text();
  assert(!(resource + text).includes("54321"));
  for (const service of ["N2R", "N2L", "N2Ls"]) {
    for (const urn of ["urn:sha1:ABC", `${URN}0`, "%E0%A4%A"]) {
      const answer = await fetch(`${world.url}uri-res/${service}?${urn}`);
      assertEquals(await problem(answer), [404, "not-found"]);
    }
  }
});

Deno.test("resource refuses what the guard refuses, and wants a URL", async () => {
  await using world = await startGateway({ allowPrivate: false });
  const ask = (query: string) => fetch(`${world.url}ocn/v1/resource${query}`);
  assertEquals(await problem(await ask("")), [400, "bad-request"]);
  const local = encodeURIComponent(`${world.url}x.mp3`);
  assertEquals(await problem(await ask(`?url=${local}`)), [
    403,
    "url-forbidden",
  ]);
  assertEquals(await problem(await ask("?url=file:///etc/passwd")), [
    403,
    "url-forbidden",
  ]);
});

Deno.test("time is milliseconds as text, healthz says ok", async () => {
  const clock = { ...systemClock, now: () => 1_795_400_000_123.4 };
  await using world = await startGateway({ clock });
  const time = await fetch(`${world.url}time`);
  assertEquals(await time.text(), "1795400000123");
  assertEquals(time.headers.get("cache-control"), "no-store");
  assertEquals(await (await fetch(`${world.url}healthz`)).text(), "ok");
});
