/**
 * Public mirrors: peers that asked to be named to everyone, once they hold a
 * whole file, answer at their address and have shown a leaf of it. Nobody else
 * is ever named over HTTP.
 */
import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { GatewayContent } from "../../lib/gateway/content.ts";
import {
  httpMirrorCheck,
  type MirrorCheck,
  type MirrorQuestion,
  Mirrors,
} from "../../lib/gateway/mirrors.ts";
import { Tracker } from "../../lib/gateway/tracker.ts";
import type { ClientMessage, Resource } from "../../lib/gateway/messages.ts";
import {
  formatTreeUrn,
  hashLeaf,
  HashTree,
  LEAF_BYTES,
  LeafLayerBuilder,
  toHex,
} from "../../lib/hashtree/mod.ts";
import {
  DIAL_BACK_MS_MAX,
  GATEWAY_MIRROR_CHECKS_MAX,
  GATEWAY_MIRROR_RETRY_MS,
  GATEWAY_MIRRORS_MAX,
  GATEWAY_PEERS_PER_SUBNET,
} from "../../lib/limits.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { oneFile, startGateway, startOrigin } from "./world.ts";

const FILE = sampleFile(9 * LEAF_BYTES + 7);
const builder = new LeafLayerBuilder();
builder.write(FILE);
const { layer: LAYER, root } = builder.finish();
const ROOT = toHex(root);
const URN = formatTreeUrn(ROOT);

/** A peer that joined and said that it holds a part, and where the file is said to be then. */
async function placesWith(
  hello: Partial<ClientMessage & { t: "hello" }>,
  share: number,
  { reachable = true, holds = true } = {},
) {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway({
    dialBack: () => Promise.resolve(reachable),
    checkMirror: () => Promise.resolve(holds),
  });
  const url = `${origin.url}a.mp3`;
  const peer = await world.client({ port: 7160, ...hello });
  if (peer.id !== "" && hello.share !== false) await peer.next("welcome");
  const join = { url, root: ROOT, length: FILE.length };
  const { resource: { provisional } } = await peer.joined(join);
  if (provisional) await peer.next("root");
  peer.send({ t: "share", key: ROOT, share });
  await peer.joined(join); // What was sent before has been taken by now.
  const at = (path: string) => fetch(world.url + path, { redirect: "manual" });
  const known = await at(`ocn/v1/resource?url=${encodeURIComponent(url)}`);
  const { mirrors } = await known.json() as Resource;
  const copy = `${world.url}uri-res/N2R?${URN}`;
  assertEquals(mirrors[0], copy, "the gateway's own copy comes first");
  const list = await (await at(`uri-res/N2Ls?${URN}`)).text();
  const places = list.split("\r\n").filter((line) => /^http/.test(line));
  assertEquals(places.at(-1), url, "the origin comes last");
  const whole = await at(`uri-res/N2R?${URN}`);
  await whole.body?.cancel();
  const links = whole.headers.get("link") ?? "";
  const linked = [...links.matchAll(/<([^>]+)>/g)].map(([, one]) => one);
  return {
    mirrors: mirrors.slice(1),
    places: places.slice(1, -1),
    linked: linked.filter((one) => one !== url),
  };
}

const NOBODY = { mirrors: [], places: [], linked: [] };

Deno.test("a public peer that holds the whole file is named to everyone", async () => {
  const mirror = `http://127.0.0.1:7160/uri-res/N2R?${URN}`;
  const all = { mirrors: [mirror], places: [mirror], linked: [mirror] };
  assertEquals(await placesWith({ public: true }, 1), all);
});

Deno.test("a peer that did not ask for it is named to nobody", async () => {
  assertEquals(await placesWith({}, 1), NOBODY);
  assertEquals(await placesWith({ public: false }, 1), NOBODY);
});

Deno.test("a public peer is not named for a part, or where it does not answer, or without sharing, or on its word alone", async () => {
  assertEquals(await placesWith({ public: true }, 0.99), NOBODY);
  assertEquals(
    await placesWith({ public: true }, 1, { reachable: false }),
    NOBODY,
  );
  assertEquals(await placesWith({ public: true, share: false }, 1), NOBODY);
  const holds = await placesWith({ public: true }, 1, { holds: false });
  assertEquals(holds, NOBODY);
});

/** Mirrors of one content at these addresses, all of which say that they hold it. */
function mirrorsAt(hosts: string[], check: MirrorCheck) {
  const clock = new FakeClock();
  const tracker = new Tracker(() => 0.5);
  for (const [i, host] of hosts.entries()) {
    const client = i + 1;
    const id = `${client}`.padStart(32, "0");
    const peer = { client, id, host, port: 7160, capacity: 1, public: true };
    tracker.enter({ ...peer, share: true, reachable: true });
    tracker.join(client, ROOT);
    tracker.share(client, ROOT, 1);
  }
  const tools = { tracker, check, clock, random: () => 0.999 };
  const mirrors = new Mirrors(tools);
  const content = GatewayContent.whole(new HashTree(LAYER, FILE.length));
  const ask = () => mirrors.of(content, "1.1.1.1");
  return { clock, ask, look: () => mirrors.look(content) };
}

Deno.test("a public peer is asked for a leaf by chance, and named once it has given it", async () => {
  const questions: MirrorQuestion[] = [];
  const { ask, look } = mirrorsAt(["8.8.8.8"], (question) => {
    questions.push(question);
    return Promise.resolve(true);
  });
  look();
  assertEquals(ask(), [], "nobody is named on its word");
  await Promise.resolve();
  assertEquals(ask(), [`http://8.8.8.8:7160/uri-res/N2R?${URN}`]);
  assertEquals(ask().length, 1);
  const start = 9 * LEAF_BYTES;
  assertEquals(questions, [{
    ...{ host: "8.8.8.8", port: 7160, path: `/uri-res/N2R?${URN}` },
    ...{ start, length: 7, hash: LAYER.subarray(9 * 32) },
  }]);
});

Deno.test("who gave no right leaf is asked again after GATEWAY_MIRROR_RETRY_MS", async () => {
  let asked = 0;
  const { ask, clock } = mirrorsAt(["8.8.8.8"], () => {
    asked++;
    return Promise.resolve(asked > 1);
  });
  for (let i = 0; i < 3; i++) {
    assertEquals(ask(), []);
    await clock.advance(GATEWAY_MIRROR_RETRY_MS - 1 - 1000 * i);
  }
  assertEquals(asked, 2);
  assertEquals(ask().length, 1);
});

Deno.test("no more than GATEWAY_MIRROR_CHECKS_MAX peers are asked at a time", async () => {
  const open: ((good: boolean) => void)[] = [];
  const hosts = Array.from({ length: 20 }, (_, i) => `8.8.${i}.8`);
  const { ask } = mirrorsAt(
    hosts,
    () => new Promise((resolve) => open.push(resolve)),
  );
  ask();
  ask();
  assertEquals(open.length, GATEWAY_MIRROR_CHECKS_MAX);
  for (const answer of open) answer(true);
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  assertEquals(ask().length, GATEWAY_MIRRORS_MAX);
});

Deno.test("no more than GATEWAY_MIRRORS_MAX mirrors are named, few of one network", async () => {
  const one = Array.from({ length: 9 }, (_, i) => `8.8.8.${i + 1}`);
  const many = Array.from({ length: 20 }, (_, i) => `9.9.${i}.9`);
  const ofOne = mirrorsAt(one, () => Promise.resolve(true));
  const ofMany = mirrorsAt([...one, ...many], () => Promise.resolve(true));
  for (const { ask, clock } of [ofOne, ofMany]) {
    for (let i = 0; i < 5; i++) {
      ask();
      await clock.advance(0);
    }
  }
  assertEquals(ofOne.ask().length, GATEWAY_PEERS_PER_SUBNET);
  assertEquals(ofMany.ask().length, GATEWAY_MIRRORS_MAX);
});

Deno.test("httpMirrorCheck() believes the right bytes of a leaf and nothing else", async () => {
  const start = 9 * LEAF_BYTES;
  const leaf = FILE.subarray(start);
  await using peer = await startOrigin((request, response) => {
    const kind = request.url?.slice(1);
    if (kind === "silent") return;
    if (kind === "cut") {
      response.writeHead(206, { "content-length": leaf.length });
      response.write(leaf.subarray(0, 3));
      return void response.destroy();
    }
    const right = request.headers.range === `bytes=${start}-${start + 6}`;
    response.writeHead(right ? 206 : 416);
    if (kind === "wrong") response.end(leaf.toReversed());
    else response.end(kind === "long" ? FILE : leaf);
  });
  const question = {
    ...{ host: "127.0.0.1", port: peer.port, start, length: leaf.length },
    hash: hashLeaf(leaf),
  };
  const ask = (path: string, clock = systemClock) =>
    httpMirrorCheck(clock)({ ...question, path });
  assertEquals(await ask("/right"), true);
  for (const path of ["/wrong", "/long", "/cut"]) {
    assertEquals(await ask(path), false, path);
  }
  const clock = new FakeClock();
  const waiting = ask("/silent", clock);
  await clock.advance(DIAL_BACK_MS_MAX);
  assertEquals(await waiting, false);
  const check = httpMirrorCheck(systemClock);
  assertEquals(await check({ ...question, path: "/", port: 80 }), false);
});
