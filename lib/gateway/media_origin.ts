/**
 * What an origin says about a media file, and whether it is one: a page that
 * says "not found" with status 200, a file without length, a compressed one or
 * one past every limit are refused here, before a byte of them is read, with a
 * message that names the URL.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import {
  type HashTree,
  SIDECAR_SUFFIX,
  sidecarBytes,
  toHex,
} from "../hashtree/mod.ts";
import { GATEWAY_FILE_BYTES_MAX, GATEWAY_SIDECAR_MS_MAX } from "../limits.ts";
import {
  askOrigin,
  type OriginAccess,
  type OriginAnswer,
} from "./origin_request.ts";
import { growTree } from "./tree_growth.ts";

/** What tells one version of a file from the next. */
export interface FileFacts {
  /** Bytes. */
  length: number;
  /** Media type without parameters, lower case. */
  type?: string;
  /** As the origin sent it. */
  etag?: string;
  /** As the origin sent it. */
  lastModified?: string;
}

/** A file whose bytes are about to come. */
export interface OpenedFile {
  facts: FileFacts;
  answer: OriginAnswer;
}

/** Types under which media is served; what a web page or a script is served as is not among them. */
const MEDIA_TYPES =
  /^(?:audio\/|video\/|application\/(?:ogg|mp4|octet-stream|x-(?:mpeg|ogg|flac|matroska))$|binary\/octet-stream$)/;

/**
 * Begins to download a file.
 *
 * @throws {AlluviumError} `url-forbidden`, `media-unreachable`, or `media-rejected`
 *   for what is no media file of known length
 */
export async function openFile(
  url: string,
  access: OriginAccess,
  signal: AbortSignal,
): Promise<OpenedFile> {
  const answer = await askOrigin({ url, method: "GET", signal }, access);
  try {
    return { facts: factsOf(url, answer, GATEWAY_FILE_BYTES_MAX), answer };
  } catch (error) {
    answer.close();
    throw error;
  }
}

/** What asking about a file brought. */
export type FileStat =
  | { kind: "file"; facts: FileFacts }
  /** The origin cannot be reached or is broken; that says nothing about the file. */
  | { kind: "silent" };

/**
 * Asks about a file without its bytes. A server that knows no HEAD is asked for
 * the first byte instead.
 *
 * @throws {AlluviumError} `url-forbidden`, `media-rejected`, and
 *   `media-unreachable` if the origin says that there is no such file
 * @throws the signal's reason when it aborts
 */
export async function statFile(
  url: string,
  access: OriginAccess,
  signal: AbortSignal,
): Promise<FileStat> {
  let answer: OriginAnswer;
  try {
    answer = await askHead(url, access, signal);
  } catch (error) {
    signal.throwIfAborted();
    const silent = error instanceof AlluviumError &&
      error.code === "media-unreachable";
    if (silent) return { kind: "silent" };
    throw error;
  }
  if (answer.status >= 500) return { kind: "silent" };
  return { kind: "file", facts: factsOf(url, answer, Infinity) };
}

async function askHead(
  url: string,
  access: OriginAccess,
  signal: AbortSignal,
): Promise<OriginAnswer> {
  const head = await askOrigin({ url, method: "HEAD", signal }, access);
  head.close();
  if (![400, 403, 405, 500, 501].includes(head.status)) return head;
  const headers = { range: "bytes=0-0" };
  const first = await askOrigin(
    { url, method: "GET", headers, signal },
    access,
  );
  first.close();
  return first;
}

/**
 * Takes the leaf layer that lies beside a file, if it proves the root and comes
 * in GATEWAY_SIDECAR_MS_MAX.
 *
 * @param length of the file; its layer is read into memory whole
 * @param root 64 hex digits, as the playlist names it
 * @returns the tree; undefined if there is none, or none that proves the root
 * @throws the signal's reason when it aborts
 */
export async function fetchSidecar(
  url: string,
  length: number,
  root: string,
  access: OriginAccess,
  signal: AbortSignal,
): Promise<HashTree | undefined> {
  const late = new AbortController();
  const cancel = access.clock.timer(GATEWAY_SIDECAR_MS_MAX, () => {
    late.abort(rejected(url, "its hash tree comes too slowly"));
  });
  try {
    const inTime = AbortSignal.any([signal, late.signal]);
    const layer = await readLayer(url, length, access, inTime);
    cancel();
    if (layer === undefined) return undefined;
    const tree = await growTree(layer, length, access.clock, signal);
    return toHex(tree.root) === root ? tree : undefined;
  } catch (error) {
    signal.throwIfAborted();
    // Whatever is wrong with the sidecar, the file itself can still be hashed.
    if (error instanceof AlluviumError) return undefined;
    throw error;
  } finally {
    cancel();
  }
}

async function readLayer(
  url: string,
  length: number,
  access: OriginAccess,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const wanted = sidecarBytes(length);
  const request = { url: sidecarUrl(url), method: "GET" as const, signal };
  const answer = await askOrigin(request, access);
  const stated = answer.header("content-length");
  const fits = answer.status === 200 &&
    (stated === undefined || Number(stated) === wanted);
  if (fits) return await readExactly(answer, wanted);
  answer.close();
  return undefined;
}

/** Whether two answers speak of the same version of a file. */
export function isSameVersion(a: FileFacts, b: FileFacts): boolean {
  if (a.length !== b.length) return false;
  if (a.etag !== undefined && b.etag !== undefined) {
    return strong(a.etag) === strong(b.etag);
  }
  if (a.lastModified !== undefined && b.lastModified !== undefined) {
    return a.lastModified === b.lastModified;
  }
  return true;
}

function strong(etag: string): string {
  return etag.replace(/^W\//, "");
}

function sidecarUrl(url: string): string {
  const sidecar = new URL(url);
  sidecar.pathname += SIDECAR_SUFFIX;
  return sidecar.href;
}

async function readExactly(
  answer: OriginAnswer,
  wanted: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(wanted);
  let at = 0;
  for await (const part of answer.body()) {
    if (at + part.length > wanted) break;
    bytes.set(part, at);
    at += part.length;
  }
  if (at === wanted) return bytes;
  throw new AlluviumError(
    "content-mismatch",
    `Cannot use the hash tree: wanted ${wanted} bytes`,
    { url: answer.url },
  );
}

function factsOf(
  url: string,
  answer: OriginAnswer,
  bytesMax: number,
): FileFacts {
  if (answer.status !== 200 && answer.status !== 206) {
    throw new AlluviumError(
      "media-unreachable",
      `Cannot fetch the media file: the server answered ${answer.status}`,
      { url },
    );
  }
  const type = typeOf(answer);
  if (type !== undefined && !MEDIA_TYPES.test(type)) {
    throw rejected(url, `wanted audio or video, the server sends ${type}`);
  }
  const encoding = answer.header("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw rejected(url, `the server sends it compressed (${encoding})`);
  }
  const length = lengthOf(answer);
  if (length === undefined) {
    throw rejected(url, "the server does not say how long it is");
  }
  if (length === 0) throw rejected(url, "it is empty");
  if (length > bytesMax) {
    throw rejected(url, `wanted at most ${bytesMax} bytes, it has ${length}`);
  }
  return {
    length,
    ...optional("type", type),
    ...optional("etag", answer.header("etag")),
    ...optional("lastModified", answer.header("last-modified")),
  };
}

/** A header's field where it is there; the longest that is kept is 1000 characters. */
function optional<K extends string>(
  name: K,
  value: string | undefined,
): Partial<Record<K, string>> {
  if (value === undefined || value === "" || value.length > 1000) return {};
  return { [name]: value } as Record<K, string>;
}

function typeOf(answer: OriginAnswer): string | undefined {
  const text = answer.header("content-type")?.split(";")[0]?.trim();
  return text === undefined || text === "" ? undefined : text.toLowerCase();
}

/** The whole file's length, from `Content-Range` where the answer is a part. */
function lengthOf(answer: OriginAnswer): number | undefined {
  const text = answer.status === 206
    ? answer.header("content-range")?.split("/")[1]
    : answer.header("content-length");
  if (text === undefined || !/^\d{1,15}$/.test(text.trim())) return undefined;
  return Number(text);
}

function rejected(url: string, why: string): AlluviumError {
  return new AlluviumError(
    "media-rejected",
    `Cannot use the media file: ${why}`,
    { url },
  );
}
