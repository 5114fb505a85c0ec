/**
 * Asking for a media file as a listener would: one byte by range, the parts that
 * tell its codecs, the hash tree beside it, and the first and the last leaf, so
 * that it costs the origin little. What is found is plain data; judging it is left to `media_checks.ts` and
 * `mount_checks.ts`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Clock } from "../../clock.ts";
import { toAlluviumError } from "../../errors.ts";
import {
  HASH_BYTES,
  LEAF_BYTES,
  leafCount,
  leafLength,
} from "../../hashtree/geometry.ts";
import { hashLeaf, sameHash } from "../../hashtree/hash.ts";
import { SIDECAR_SUFFIX, sidecarBytes } from "../../hashtree/sidecar.ts";
import { CHECK_PROBE_MS_MAX, TREE_BYTES_MAX } from "../../limits.ts";
import { accessTo } from "./parts.ts";
import { type TrackFacts, trackFacts } from "./track_facts.ts";

/** What is there in the place of a media file. */
export interface Probe {
  /** Why it cannot be had, as a sentence without a full stop. */
  trouble?: string;
  /** Its bytes. */
  length?: number;
  /** What it is served as. */
  type?: string;
  /** Whether parts of it can be had; undefined for a file. */
  ranges?: boolean;
  /** What it is; undefined where that could not be found out. */
  track?: TrackFacts;
  /** The content of its `.tree`, where there is one. */
  tree?: Uint8Array;
  /** Where bytes begin that are not those of the tree. */
  strangeAt?: number;
}

/** What probing needs. */
export interface ProbeOptions {
  clock: Clock;
  fetch: typeof fetch;
  signal: AbortSignal;
  /** The file's length by the playlist: only then is its tree asked for. */
  length?: number | undefined;
}

/** Looks at what is there. */
export async function probe(
  url: string,
  options: ProbeOptions,
): Promise<Probe> {
  const late = new AbortController();
  const seconds = CHECK_PROBE_MS_MAX / 1000;
  const stop = options.clock.timer(
    CHECK_PROBE_MS_MAX,
    () => late.abort(new Error(`it took longer than ${seconds} s`)),
  );
  const signal = AbortSignal.any([options.signal, late.signal]);
  try {
    const found = url.startsWith("file:")
      ? await probeFile(url, options)
      : await probeWeb(url, { ...options, signal });
    const { length = 0, ranges = true, trouble } = found;
    if (trouble !== undefined || !ranges || length === 0) return found;
    const track = await trackFacts(url, length, { ...options, signal });
    if (track) found.track = track;
    const strangeAt = await strangeBytes(url, found, { ...options, signal });
    if (strangeAt !== undefined) found.strangeAt = strangeAt;
    return found;
  } catch (error) {
    options.signal.throwIfAborted();
    return { trouble: toAlluviumError(error).message };
  } finally {
    stop();
  }
}

async function probeFile(
  url: string,
  { length }: ProbeOptions,
): Promise<Probe> {
  const path = fileURLToPath(url);
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile) return { trouble: "there is no such file" };
  const found: Probe = { length: info.size };
  const sidecar = path + SIDECAR_SUFFIX;
  const its = await Deno.stat(sidecar).catch(() => undefined);
  if (length !== undefined && its && its.size <= TREE_BYTES_MAX) {
    found.tree = await Deno.readFile(sidecar);
  }
  return found;
}

async function probeWeb(url: string, options: ProbeOptions): Promise<Probe> {
  const answer = await ask(url, options, { range: "bytes=0-0" });
  await answer.body?.cancel();
  if (answer.status !== 206 && answer.status !== 200) {
    const text = `${answer.status} ${answer.statusText}`.trim();
    return { trouble: `the server answered ${text}` };
  }
  const found: Probe = { ranges: answer.status === 206 };
  const range = /^bytes 0-0\/(\d+)$/.exec(
    answer.headers.get("content-range") ?? "",
  );
  const length = range?.[1] ??
    (answer.status === 200 ? answer.headers.get("content-length") : null);
  const type = answer.headers.get("content-type");
  if (length !== undefined && length !== null) found.length = Number(length);
  if (type !== null) found.type = type;
  const tree = await treeOf(url, options);
  return tree ? { ...found, tree } : found;
}

/**
 * Whether the first and the last leaf are those of the tree: a file that was
 * tagged anew, or replaced by one of the same length, differs in one of them.
 */
async function strangeBytes(
  url: string,
  { length = 0, tree }: Probe,
  options: ProbeOptions,
): Promise<number | undefined> {
  // Of another length it is told of already.
  if (tree?.length !== sidecarBytes(length) || length !== options.length) {
    return undefined;
  }
  const file = accessTo(url, length, options);
  const last = leafCount(length) - 1;
  for (const leaf of last === 0 ? [0] : [0, last]) {
    const at = leaf * LEAF_BYTES;
    const bytes = await file.read(at, leafLength(length, leaf)).catch(() => {
      options.signal.throwIfAborted();
    });
    if (!bytes) return undefined; // It is not to be had: nothing is known of it.
    const hash = tree.subarray(leaf * HASH_BYTES, (leaf + 1) * HASH_BYTES);
    if (!sameHash(hashLeaf(bytes), hash)) return at;
  }
  return undefined;
}

/** The sidecar; undefined where there is none, or one of a length that is no sidecar's. */
async function treeOf(
  url: string,
  options: ProbeOptions,
): Promise<Uint8Array | undefined> {
  if (options.length === undefined) return undefined;
  const bytes = sidecarBytes(options.length);
  if (bytes > TREE_BYTES_MAX) return undefined;
  const at = new URL(url);
  at.pathname += SIDECAR_SUFFIX;
  const answer = await ask(at.href, options, {});
  if (answer.status !== 200) {
    await answer.body?.cancel();
    return undefined;
  }
  return await upTo(answer, bytes + 1);
}

function ask(
  url: string,
  { fetch, signal }: ProbeOptions,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(url, {
    headers: { ...headers, "accept-encoding": "identity" },
    signal,
  });
}

/** The body, or as much of it as shows that it is too long. */
async function upTo(answer: Response, max: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= max) break;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
