/**
 * A listener that is killed while it downloads, at moments that chance decides:
 * started again on the same folder it must fetch nothing that lay on disk, bring
 * the right file, and give others nothing else.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import {
  formatTreeUrn,
  LEAF_BYTES,
  LeafLayerBuilder,
  toHex,
} from "../../lib/hashtree/mod.ts";
import { startAlluvium, startGateway } from "../support/alluvium.ts";
import { type Nginx, startNginx } from "../support/nginx.ts";
import { freePort } from "../support/ports.ts";
import type { Child } from "../support/processes.ts";
import { tempFolder } from "../support/temp.ts";
import { sampleFile } from "../hashtree/reference.ts";

const LENGTH = 12 * 1024 * 1024 + 5;
/** A download takes two seconds, time enough to be killed in. */
const BYTES_PER_SECOND = 3 * 1024 * 1024;
/** How long a life may take on a busy machine. */
const LIFE_MS = 60_000;

/** What the kills found. */
export interface CrashFigures {
  /** Kills while a download was under way. */
  midway: number;
  /** Leaves that lay on disk after them, in all. */
  kept: number;
}

interface World {
  file: Uint8Array;
  root: string;
  origin: Nginx;
  gateway: string;
}

/**
 * Kills a listener so many times, each on an empty cache.
 *
 * @param random decides the moments
 * @throws {AssertionError} if anything wrong is found
 */
export async function killListeners(
  kills: number,
  random: () => number,
): Promise<CrashFigures> {
  const file = sampleFile(LENGTH);
  const builder = new LeafLayerBuilder();
  builder.write(file);
  const { layer, root } = builder.finish();
  await using folder = await tempFolder();
  await folder.write("a.mp3", file);
  await folder.write("a.mp3.tree", layer);
  const limits = { root: folder.path, bytesPerSecond: BYTES_PER_SECOND };
  await using origin = await startNginx(limits);
  await using gateway = await startGateway();
  const world = { file, root: toHex(root), origin, gateway: gateway.url };
  const figures = { midway: 0, kept: 0 };
  for (let kill = 0; kill < kills; kill++) {
    await using cache = await tempFolder();
    await killAt(world, cache.path, random() * LENGTH);
    const kept = await leavesOnDisk(world, cache.path);
    if (kept > 0 && kept * LEAF_BYTES < LENGTH) figures.midway++;
    figures.kept += kept;
    await comeBack(world, cache.path, kept);
  }
  return figures;
}

function fetching(
  { origin, gateway }: World,
  cache: string,
  port: number,
): Promise<Child> {
  return startAlluvium(
    ...["fetch", `${origin.url}a.mp3`, "--gateway", gateway, "--json"],
    ...["--cache", cache, "-o", `${cache}/a.mp3`, "--swarm-port", `${port}`],
    ...["--share-for", "60"],
  );
}

/** Kills a listener as soon as so many bytes are on disk. */
async function killAt(
  world: World,
  cache: string,
  bytes: number,
): Promise<void> {
  await using child = await fetching(world, cache, 0);
  const giveUpMs = systemClock.monotonic() + LIFE_MS;
  while (await allocated(partOf(world, cache)) < bytes) {
    if (!child.running) throw new Error(`It ended:\n${child.output}`);
    if (systemClock.monotonic() > giveUpMs) throw new Error(child.output);
    await systemClock.sleep(1);
  }
  await child.end("SIGKILL");
}

/** Starts it again: it fetches what is missing alone, and gives what is right. */
async function comeBack(
  world: World,
  cache: string,
  kept: number,
): Promise<void> {
  const port = freePort();
  await using child = await fetching(world, cache, port);
  const [line] = await child.waitFor(/^{"bytes".*}$/m, LIFE_MS);
  const { bytesFromPeers, bytesFromOrigin } = JSON.parse(line);
  const missing = Math.max(0, LENGTH - kept * LEAF_BYTES);
  const came = bytesFromPeers + bytesFromOrigin;
  assert(came <= missing, `${came} bytes came for ${missing} missing`);
  assertEquals<Uint8Array>(await Deno.readFile(`${cache}/a.mp3`), world.file);
  const urn = formatTreeUrn(world.root);
  const given = await fetch(`http://127.0.0.1:${port}/uri-res/N2R?${urn}`);
  assertEquals<Uint8Array>(await given.bytes(), world.file);
}

function partOf({ root }: World, cache: string): string {
  return `${cache}/${root}-${LENGTH}.part`;
}

async function allocated(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => undefined);
  return (info?.blocks ?? 0) * 512;
}

/** Leaves of the part that are the file's. */
async function leavesOnDisk(world: World, cache: string): Promise<number> {
  const part = await Deno.readFile(partOf(world, cache))
    .catch(() => new Uint8Array());
  let leaves = 0;
  for (let at = 0; at < part.length; at += LEAF_BYTES) {
    const leaf = part.subarray(at, at + LEAF_BYTES);
    const wanted = world.file.subarray(at, at + LEAF_BYTES);
    const same = leaf.length === wanted.length &&
      leaf.every((byte, i) => byte === wanted[i]);
    if (same) leaves++;
  }
  return leaves;
}
