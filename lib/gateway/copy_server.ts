/**
 * The gateway's own copy of a content over HTTP, whole or while it arrives, by
 * the name the Content-Addressable Web gave such a thing: N2R. Ranges wait a
 * little for bytes that are about to come; only bytes whose leaf is hashed are
 * given out.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { formatContentUrn, fromHex } from "../hashtree/mod.ts";
import { problemResponse } from "../http/problem.ts";
import { GATEWAY_ARRIVING_MS_MAX } from "../limits.ts";
import { type ByteRange, parseRange } from "./byte_range.ts";
import type { GatewayContent } from "./content.ts";
import type { KeptFiles } from "./kept_files.ts";

/** Bytes per read: one chunk of the largest common size. */
const READ_BYTES = 256 * 1024;

/** What copies are served with. */
export interface CopyTools {
  files: KeptFiles;
  clock: Clock;
  /** Told of every byte that goes out. */
  served(bytes: number): void;
}

/** What an answer says besides the bytes. */
export interface CopyNotes {
  /** Media type. */
  type: string | undefined;
  /** URLs with the same bytes, best first. */
  duplicates: string[];
  /** Where this gateway is, with a slash at the end. */
  base: string;
}

/**
 * Answers a request for a content's bytes.
 *
 * @returns the bytes, or the problem of a range that is none of this file
 * @throws {AlluviumError} `not-found` if they are not here, `busy` if they do
 *   not arrive in time
 */
export async function serveCopy(
  request: Request,
  content: GatewayContent,
  notes: CopyNotes,
  tools: CopyTools,
): Promise<Response> {
  pathOf(content, tools.files);
  const { length } = content;
  let range: ByteRange | undefined;
  try {
    range = rangeOf(request, content, length);
  } catch (error) {
    // How long it is belongs to the answer (RFC 9110, 14.4).
    return problemResponse(error, { "content-range": `bytes */${length}` });
  }
  const whole = { start: 0, end: length };
  const { start, end } = range ?? whole;
  const headers = headersOf(content, notes);
  headers.set("content-length", String(end - start));
  if (range !== undefined) {
    headers.set("content-range", `bytes ${start}-${end - 1}/${length}`);
  }
  const status = range === undefined ? 200 : 206;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  await arrival(content, start, tools.clock, request.signal);
  const file = openAt(pathOf(content, tools.files), start);
  const body = copyStream(file, { start, end }, content, tools);
  return new Response(body, { status, headers });
}

/**
 * Where the bytes lie at this moment: a draft is renamed once it is whole, a
 * kept file may be removed. A file that is open does not mind either.
 */
function pathOf(content: GatewayContent, files: KeptFiles): string {
  const { state, key } = content;
  const path = state.kind === "arriving" ? state.draft?.path : files.path(key);
  if (path !== undefined) return path;
  throw new AlluviumError(
    "not-found",
    "Cannot give this content: its bytes are not kept here",
  );
}

/** `If-Range` with another entity tag asks for the whole. */
function rangeOf(
  request: Request,
  content: GatewayContent,
  length: number,
): ByteRange | undefined {
  const condition = request.headers.get("if-range");
  if (condition !== null && condition !== etagOf(content)) return undefined;
  return parseRange(request.headers.get("range"), length);
}

function etagOf({ key }: GatewayContent): string {
  return `"${key}"`;
}

function headersOf(content: GatewayContent, notes: CopyNotes): Headers {
  const { key, provisional, state } = content;
  const urn = formatContentUrn({ key, provisional });
  const headers = new Headers({
    "content-type": notes.type ?? "application/octet-stream",
    "accept-ranges": "bytes",
    "x-content-urn": urn,
    "etag": etagOf(content),
    // The name is the hash, so the bytes never change; a provisional one goes away.
    "cache-control": provisional
      ? "no-store"
      : "public, max-age=31536000, immutable",
  });
  if (state.kind === "arriving") {
    const { arrivedBytes } = content;
    if (arrivedBytes > 0) {
      headers.set("x-available-ranges", `bytes 0-${arrivedBytes - 1}`);
    }
    return headers;
  }
  headers.append("x-uri-res", `${notes.base}uri-res/N2Ls?${urn}; N2Ls`);
  for (const [i, url] of notes.duplicates.entries()) {
    headers.append("x-uri-res", `${url}; N2R`);
    headers.append("link", `<${url}>; rel=duplicate; pri=${i + 1}`);
  }
  const sha256 = state.kind === "whole" ? state.sha256 : undefined;
  const digest = fromHex(sha256 ?? "")?.toBase64();
  if (digest !== undefined) {
    headers.set("repr-digest", `sha-256=:${digest}:`);
    headers.set("digest", `SHA-256=${digest}`);
  }
  return headers;
}

/** Bytes from the start that may be given out. */
function readyBytes(content: GatewayContent): number {
  const { state, length, arrivedBytes } = content;
  if (state.kind === "whole") return length;
  return state.kind === "arriving" ? arrivedBytes : 0;
}

/**
 * Resolves once the byte at `offset` may be given out.
 *
 * @throws {AlluviumError} what the content failed of, or `busy` after
 *   GATEWAY_ARRIVING_MS_MAX without a step
 * @throws the signal's reason when it aborts
 */
async function arrival(
  content: GatewayContent,
  offset: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (readyBytes(content) <= offset) {
    if (content.state.kind === "gone") throw content.state.error;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stopWatching = content.watch(resolve);
    const cancel = clock.timer(GATEWAY_ARRIVING_MS_MAX, () => reject(late()));
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    await promise.finally(() => {
      stopWatching();
      cancel();
      signal.removeEventListener("abort", onAbort);
    });
  }
}

function late(): AlluviumError {
  return new AlluviumError(
    "busy",
    "Cannot give these bytes yet: they have not arrived",
  );
}

/** Reads an open file to `end`, waiting where it has to; closes it. */
function copyStream(
  file: Deno.FsFile,
  { start, end }: ByteRange,
  content: GatewayContent,
  { clock, served }: CopyTools,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  let at = start;
  let open = true;
  const finish = () => {
    if (open) file.close();
    open = false;
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        await arrival(content, at, clock, gone.signal);
        const size = Math.min(READ_BYTES, end - at, readyBytes(content) - at);
        const bytes = await readUpTo(file, size);
        at += bytes.length;
        served(bytes.length);
        controller.enqueue(bytes);
        if (at < end) return;
        finish();
        controller.close();
      } catch (error) {
        finish();
        controller.error(error);
      }
    },
    cancel() {
      gone.abort();
      finish();
    },
  }, { highWaterMark: 0 });
}

/** Without waiting, so that nothing can move the file in between. */
function openAt(path: string, offset: number): Deno.FsFile {
  const file = Deno.openSync(path, { read: true });
  file.seekSync(offset, Deno.SeekMode.Start);
  return file;
}

async function readUpTo(
  file: Deno.FsFile,
  size: number,
): Promise<Uint8Array> {
  const buffer = new Uint8Array(size);
  const read = await file.read(buffer);
  if (read !== null) return buffer.subarray(0, read);
  throw new AlluviumError(
    "storage",
    "Cannot read the kept file: it is shorter than it was",
  );
}
