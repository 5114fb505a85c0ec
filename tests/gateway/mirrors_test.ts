/**
 * Public mirrors: peers that asked to be named to everyone, once they hold a
 * whole file and answer at their address. Nobody else is ever named over HTTP.
 */
import { assertEquals } from "@std/assert";
import type { ClientMessage, Resource } from "../../lib/gateway/messages.ts";
import {
  formatTreeUrn,
  LEAF_BYTES,
  LeafLayerBuilder,
  toHex,
} from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { oneFile, startGateway, startOrigin } from "./world.ts";

const FILE = sampleFile(9 * LEAF_BYTES + 7);
const builder = new LeafLayerBuilder();
builder.write(FILE);
const ROOT = toHex(builder.finish().root);
const URN = formatTreeUrn(ROOT);

/** A peer that joined and said that it holds a part, and where the file is said to be then. */
async function placesWith(
  hello: Partial<ClientMessage & { t: "hello" }>,
  share: number,
  reachable = true,
) {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway({
    dialBack: () => Promise.resolve(reachable),
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

Deno.test("a public peer is not named for a part, or where it does not answer, or without sharing", async () => {
  assertEquals(await placesWith({ public: true }, 0.99), NOBODY);
  assertEquals(await placesWith({ public: true }, 1, false), NOBODY);
  assertEquals(await placesWith({ public: true, share: false }, 1), NOBODY);
});
