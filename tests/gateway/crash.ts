/**
 * A gateway that is killed while it works, again and again on the same folder:
 * after each kill the store must open, every tree must be its file's, and no
 * file may be half. The moment is chosen by how much the origin has given so
 * far, so that it falls into downloads, into the store's writes, into renames.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../lib/clock.ts";
import { KeptFiles } from "../../lib/gateway/kept_files.ts";
import { SqliteStore } from "../../lib/gateway/sqlite_store.ts";
import {
  formatTreeUrn,
  type LeafLayer,
  LeafLayerBuilder,
  toHex,
} from "../../lib/hashtree/mod.ts";
import { silentLog } from "../../lib/log.ts";
import { type Origin, startOrigin } from "./world.ts";
import { startAlluvium } from "../support/alluvium.ts";
import { tempFolder } from "../support/temp.ts";

/** Files asked for in one life of the gateway; the first is large. */
const FILES = 20;
const LARGE_BYTES = 6_000_000;
/** Room for one large file and a few small ones, so that files are removed, too. */
const KEEP = "7M";
const PART_BYTES = 64 * 1024;

/** A file as it must be. */
interface Expected {
  bytes: Uint8Array<ArrayBuffer>;
  tree: LeafLayer;
  sha256: string;
}

/** What the kills found. */
export interface CrashFigures {
  /** Contents whose tree was compared, over all kills. */
  trees: number;
  /** Kept files whose bytes were compared. */
  files: number;
  /** Kills while a download was under way. */
  midway: number;
  /** Files that a gateway after a kill gave out, compared. */
  served: number;
}

/**
 * Kills a gateway so many times.
 *
 * @param random decides the moments
 * @throws {AssertionError} if anything wrong is found
 */
export async function killGateways(
  kills: number,
  random: () => number,
): Promise<CrashFigures> {
  const figures = { trees: 0, files: 0, midway: 0, served: 0 };
  const expected = new Map<string, Expected>();
  await using folder = await tempFolder();
  for (let kill = 0; kill < kills; kill++) {
    const files = Array.from({ length: FILES }, (_, i) => {
      const size = i === 0 ? LARGE_BYTES : 1 + Math.floor(random() * 300_000);
      return expect(size, kill * FILES + i, expected);
    });
    const limit = Math.floor(random() * totalBytes(files));
    await oneLife(folder.path, files, limit, { expected, figures });
    await inspect(folder.path, expected, figures);
  }
  return figures;
}

interface Known {
  expected: Map<string, Expected>;
  figures: CrashFigures;
}

/** Starts a gateway, sees that it serves what is left, makes it work, kills it. */
async function oneLife(
  folder: string,
  files: Expected[],
  limit: number,
  known: Known,
): Promise<void> {
  const { promise: due, resolve: kill } = Promise.withResolvers<void>();
  await using origin = await countingOrigin(files, limit, kill);
  await using child = await startAlluvium(
    ...["gateway", "--port", "0", "--data", folder, "--keep", KEEP],
    "--allow-private",
  );
  const [, url = ""] = await child.waitFor(/^Gateway +(http\S+)/m, 20_000);
  await checkServed(url, known);
  // What the kill cuts off is no matter here.
  const asked = Promise.allSettled(files.map(async (_, i) => {
    const media = encodeURIComponent(`${origin.url}${i}.mp3`);
    const answer = await fetch(`${url}ocn/v1/resource?url=${media}`);
    await answer.body?.cancel();
  }));
  await due;
  await child.end("SIGKILL");
  await asked;
}

/** Calls back once it has given `limit` bytes; goes on giving. */
async function countingOrigin(
  files: Expected[],
  limit: number,
  reached: () => void,
): Promise<Origin> {
  let given = 0;
  return await startOrigin(async (request, response) => {
    const bytes = files[parseInt(request.url?.slice(1) ?? "")]?.bytes;
    if (bytes === undefined || request.url?.endsWith(".tree")) {
      return void response.writeHead(404).end();
    }
    response.writeHead(200, { "content-length": bytes.length, etag: '"1"' });
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      const part = bytes.subarray(at, at + PART_BYTES);
      given += part.length;
      await new Promise((resolve) => response.write(part, resolve));
      if (given >= limit) reached();
    }
    response.end();
  });
}

/** What the folder of an earlier life holds is given out whole. */
async function checkServed(
  url: string,
  { expected, figures }: Known,
): Promise<void> {
  for (const [root, { bytes }] of [...expected].slice(-2 * FILES)) {
    const answer = await fetch(`${url}uri-res/N2R?${formatTreeUrn(root)}`);
    const body = await answer.bytes();
    if (answer.status === 404) continue;
    assertEquals([answer.status, body.length], [200, bytes.length]);
    assert(equal(body, bytes), `wrong bytes of ${root}`);
    figures.served++;
  }
}

/** Opens what a kill left behind, as the next start does. */
async function inspect(
  folder: string,
  expected: Map<string, Expected>,
  figures: CrashFigures,
): Promise<void> {
  for await (const _ of Deno.readDir(`${folder}/arriving`)) {
    figures.midway++;
    break;
  }
  const path = `${folder}/gateway.sqlite`;
  const store = new SqliteStore(path);
  try {
    const database = new DatabaseSync(path);
    const check = database.prepare("PRAGMA integrity_check").get();
    const rows = database.prepare("SELECT count(*) AS n FROM contents").get();
    database.close();
    assertEquals(check?.integrity_check, "ok");
    const trees = await compareTrees(store, expected);
    assertEquals(trees, rows?.n, "a tree of no file");
    figures.trees += trees;
    figures.files += await compareFiles(folder, store, expected);
  } finally {
    await store.close();
  }
}

async function compareTrees(
  store: SqliteStore,
  expected: Map<string, Expected>,
): Promise<number> {
  let found = 0;
  for (const [root, { bytes, tree, sha256 }] of expected) {
    const content = await store.content(root);
    if (content === undefined) continue;
    found++;
    assertEquals([content.length, content.sha256], [bytes.length, sha256]);
    assert(equal(content.layer, tree.layer), `wrong layer of ${root}`);
  }
  return found;
}

async function compareFiles(
  folder: string,
  store: SqliteStore,
  expected: Map<string, Expected>,
): Promise<number> {
  const files = await KeptFiles.open({
    ...{ folder, store, bytesMax: Infinity },
    clock: systemClock,
    log: silentLog,
  });
  let kept = 0;
  for await (const { name } of Deno.readDir(`${folder}/files`)) {
    const { bytes } = expected.get(name) ?? {};
    assert(bytes !== undefined && files.has(name), `unknown file ${name}`);
    const there = await Deno.readFile(`${folder}/files/${name}`);
    assert(equal(there, bytes), `wrong bytes in ${name}`);
    kept++;
  }
  assertEquals((await store.keptFiles()).length, kept);
  return kept;
}

/** A file that no other is like, and what must be known of it. */
function expect(
  size: number,
  seed: number,
  all: Map<string, Expected>,
): Expected {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let i = 0; i < words.length; i++) {
    words[i] = Math.imul(i + 1, 2654435761) ^ seed;
  }
  const bytes = new Uint8Array(words.buffer, 0, size);
  const builder = new LeafLayerBuilder();
  builder.write(bytes);
  const tree = builder.finish();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const file = { bytes, tree, sha256 };
  all.set(toHex(tree.root), file);
  return file;
}

function totalBytes(files: Expected[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
