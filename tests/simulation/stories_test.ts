import { assert, assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { assertInvariants } from "../swarm/invariants.ts";
import type { SimulatedFile } from "./file.ts";
import type { Listener } from "./listener.ts";
import { World, type WorldOptions } from "./world.ts";

const LEAVES = 64;
const LENGTH = LEAVES * LEAF_BYTES;

function worldOf(options: Partial<WorldOptions> = {}): [World, SimulatedFile] {
  const world = new World({ seed: 1, ...options });
  return [world, world.file(LENGTH, 1)];
}

/** Listeners that download the whole file, switched on a second after each other. */
function downloaders(world: World, file: SimulatedFile, count: number) {
  const listeners: Listener[] = [];
  for (let i = 0; i < count; i++) {
    const listener = world.listener();
    listener.download(file);
    listeners.push(listener);
    world.run(1000);
  }
  return listeners;
}

const held = (listener: Listener) => listener.engine.contents[0]!.held.count;

function assertAllWell(world: World): void {
  for (const listener of world.listeners) {
    assertEquals(listener.counts.badBytes, 0);
    if (!listener.alive) continue;
    const fetches = new Set(listener.fetches());
    assertInvariants(listener.engine, fetches);
  }
}

Deno.test("three download one file; the origin sends it once", () => {
  const [world, file] = worldOf();
  const listeners = downloaders(world, file, 3);
  world.run(20_000);
  for (const listener of listeners) {
    assertEquals(held(listener), LEAVES);
    assert(listener.engine.stats.bytesToPeers > 0 || listener !== listeners[0]);
  }
  assert(world.origin.sentBytes <= 1.05 * LENGTH, `${world.origin.sentBytes}`);
  assertAllWell(world);
});

Deno.test("a liar among three is banned by both others, who get the file all the same", () => {
  const [world, file] = worldOf();
  const liar = world.listener({ liar: true });
  liar.download(file);
  world.run(8_000);
  assertEquals(held(liar), LEAVES, "it takes part like anybody");
  const [ann, bob] = downloaders(world, file, 2);
  world.run(30_000);
  for (const listener of [ann!, bob!]) {
    assertEquals(held(listener), LEAVES);
    assertEquals(listener.counts.bans, ["it sent bytes that fail their hash"]);
    assertEquals(listener.engine.stats.badChunks, 1, "the first was enough");
  }
  assertEquals(liar.counts.bans, []);
  assertAllWell(world);
});

Deno.test("a spoiled origin is found out before anything of it is passed on", () => {
  const [world, file] = worldOf();
  world.origin.spoiledByte = 10 * LEAF_BYTES + 5;
  const [ann, bob] = downloaders(world, file, 2);
  world.run(20_000);
  assert(ann!.counts.mismatches + bob!.counts.mismatches > 0);
  for (const listener of [ann!, bob!]) {
    assertEquals(listener.engine.contents[0]!.held.has(10), false);
    assertEquals(listener.counts.bans, []);
  }
  world.origin.spoiledByte = -1;
  world.run(90_000);
  for (const listener of [ann!, bob!]) assertEquals(held(listener), LEAVES);
  assertAllWell(world);
});

Deno.test("when both dial at once one link stays, and it works", () => {
  const [world, file] = worldOf({ gateway: false });
  const [ann, bob] = [world.listener(), world.listener()];
  const { station = "" } = file.spec;
  for (const [one, other] of [[ann, bob], [bob, ann]] as const) {
    one.engine.addPeers(station, [other.address], world.time.nowMs);
    one.wake();
  }
  world.run(2_000);
  assertEquals([ann.wires.size, bob.wires.size], [1, 1]);
  ann.download(file);
  world.run(8_000);
  const before = world.origin.sentBytes;
  bob.download(file);
  world.run(8_000);
  assertEquals(held(bob), LEAVES);
  assertEquals(world.origin.sentBytes, before, "it came from Ann");
  assertAllWell(world);
});

Deno.test("a gateway that dies with a lease in its hand stops nobody", () => {
  const [world, file] = worldOf();
  const [ann, bob] = downloaders(world, file, 2);
  world.gateway!.setAlive(false);
  world.run(60_000);
  for (const listener of [ann!, bob!]) assertEquals(held(listener), LEAVES);
  assertAllWell(world);
});

Deno.test("a free rider gets the file and gives nothing", () => {
  const [world, file] = worldOf();
  const [ann] = downloaders(world, file, 1);
  world.run(8_000);
  const rider = world.listener({ share: false });
  rider.download(file);
  world.run(10_000);
  assertEquals(held(rider), LEAVES);
  assertEquals(rider.engine.stats.bytesToPeers, 0);
  assertEquals(held(ann!), LEAVES);
  assertAllWell(world);
});

Deno.test("the upload limit is kept whoever asks", () => {
  const [world, file] = worldOf();
  const ann = world.listener({ uploadBytesPerSecond: 2 * LEAF_BYTES });
  ann.download(file);
  world.run(8_000);
  world.origin.alive = false;
  const [bob] = downloaders(world, file, 1);
  world.run(9_000);
  const given = ann.engine.stats.bytesToPeers / LEAF_BYTES;
  assert(given >= 14 && given <= 24, `${given} in 10 s at 2 a second`);
  assert(held(bob!) > 0);
});

Deno.test("a listener that leaves in the middle of everything is not waited for", () => {
  const [world, file] = worldOf({ originBytesPerSecond: 200_000 });
  const [ann, bob, eve] = downloaders(world, file, 3);
  world.run(1_000);
  ann!.die();
  world.run(60_000);
  assertEquals(held(bob!), LEAVES);
  assertEquals(held(eve!), LEAVES);
  assertAllWell(world);
});

Deno.test("who was away goes on with what it had", () => {
  const [world, file] = worldOf();
  const [ann] = downloaders(world, file, 1);
  world.run(8_000);
  assertEquals(held(ann!), LEAVES);
  world.origin.alive = false;
  const bob = world.listener();
  const content = bob.download(file);
  bob.engine.addHeld(content, 0, 50, world.time.nowMs);
  world.run(10_000);
  assertEquals(held(bob), LEAVES);
  assertEquals(bob.engine.stats.bytesFromPeers, 14 * LEAF_BYTES);
  assertAllWell(world);
});

Deno.test("nobody can dial Ann; she dials out and gives all the same", () => {
  const [world, file] = worldOf();
  const ann = world.listener({ reachable: false });
  ann.download(file);
  world.run(8_000);
  const bob = world.listener();
  bob.download(file);
  world.run(15_000);
  assertEquals(held(bob), LEAVES);
  assert(ann.engine.stats.bytesToPeers > LENGTH / 2);
  assertAllWell(world);
});
