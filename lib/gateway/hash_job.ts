/**
 * One download: hashes a file while it arrives, keeps its bytes, and ends with
 * a tree in the store, or with nothing anywhere.
 *
 * Order matters. A byte is written before its leaf is counted, so that whoever
 * was told of a leaf can have it. At the end the content goes into the store,
 * then the file gets its name, then the store learns that it is kept.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { LeafLayerBuilder, toHex } from "../hashtree/mod.ts";
import {
  GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN,
  GATEWAY_DOWNLOAD_MS_MAX,
  GATEWAY_DOWNLOAD_PATIENCE_MS,
} from "../limits.ts";
import { GatewayContent } from "./content.ts";
import type { Draft, KeptFiles } from "./kept_files.ts";
import type { OpenedFile } from "./media_origin.ts";
import type { GatewayStore } from "./store.ts";
import { growTree } from "./tree_growth.ts";

/** What a job works with. */
export interface HashJobTools {
  store: GatewayStore;
  files: KeptFiles;
  clock: Clock;
}

/** A download under way. */
export interface HashJob {
  /** Arriving; grows, then becomes whole or gone. */
  content: GatewayContent;
  /** Resolves when it is whole, rejects with what it failed of. */
  done: Promise<GatewayContent>;
}

/**
 * Starts to read an opened file.
 *
 * @param key its provisional id
 * @param signal ends it; the content is then gone with the signal's reason
 * @throws {AlluviumError} `storage` if it cannot be kept although there is room
 */
export async function startHashJob(
  url: string,
  file: OpenedFile,
  key: string,
  tools: HashJobTools,
  signal: AbortSignal,
): Promise<HashJob> {
  const { facts, answer } = file;
  const builder = new LeafLayerBuilder();
  let draft: Draft | undefined;
  try {
    draft = await tools.files.draft(facts.length);
  } catch (error) {
    answer.close();
    throw error;
  }
  const content = GatewayContent.arriving(key, facts.length, builder, draft);
  const done = read({ url, file, content, builder, draft }, tools, signal);
  return { content, done };
}

interface Reading {
  url: string;
  file: OpenedFile;
  content: GatewayContent;
  builder: LeafLayerBuilder;
  draft: Draft | undefined;
}

async function read(
  reading: Reading,
  tools: HashJobTools,
  signal: AbortSignal,
): Promise<GatewayContent> {
  const { content, draft, file } = reading;
  try {
    const sha256 = await take(reading, tools.clock, signal);
    await finish(reading, sha256, tools);
    return content;
  } catch (error) {
    const failure = toAlluviumError(error, "media-unreachable");
    await draft?.discard().catch(() => {}); // The next start sweeps it.
    content.fail(failure);
    throw failure;
  } finally {
    file.answer.close();
  }
}

/** Reads all of it; gives the flat hash. */
async function take(
  { url, file, content, builder, draft }: Reading,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const { length } = file.facts;
  const flat = createHash("sha256");
  const startMs = clock.monotonic();
  for await (const bytes of file.answer.body()) {
    signal.throwIfAborted();
    if (builder.length + bytes.length > length) {
      throw broken(url, `it is longer than the ${length} bytes promised`);
    }
    await draft?.write(bytes);
    builder.write(bytes);
    flat.update(bytes);
    content.progress();
    if (isTooSlow(builder.length, clock.monotonic() - startMs)) {
      throw broken(url, "it comes too slowly");
    }
  }
  if (builder.length === length) return flat.digest("hex");
  throw broken(url, `it ended after ${builder.length} of ${length} bytes`);
}

/** Whether so many bytes in so many ms are too few to wait for the rest. */
export function isTooSlow(bytes: number, ms: number): boolean {
  if (ms > GATEWAY_DOWNLOAD_MS_MAX) return true;
  const leastBytes = GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN * ms / 1000;
  return ms > GATEWAY_DOWNLOAD_PATIENCE_MS && bytes < leastBytes;
}

async function finish(
  { content, builder, draft }: Reading,
  sha256: string,
  { store, clock }: HashJobTools,
): Promise<void> {
  const { length } = content;
  const layer = builder.finishLayer();
  const tree = await growTree(layer, length, clock);
  const root = toHex(tree.root);
  await store.putContent({ root, length, layer, sha256 });
  await draft?.commit(root);
  content.complete(tree, sha256);
}

function broken(url: string, why: string): AlluviumError {
  return new AlluviumError(
    "media-unreachable",
    `Cannot hash the media file: ${why}`,
    { url },
  );
}
