/**
 * `serveFile` and `serveDir` with the behaviour of `@std/http` 1.1.3, for
 * networks that do not reach JSR: the same answers to ranges, conditions and
 * methods, without folder listings, clean URLs and the command line.
 *
 * @module
 */

import type { ServeDirOptions, ServeFileOptions } from "@std/http";
import { eTag, ifNoneMatch } from "deno-std/http/etag.js";
import { STATUS_TEXT } from "deno-std/http/status.js";
import { contentType } from "deno-std/media_types/content_type.js";
import { extname } from "deno-std/path/extname.js";
import { join } from "deno-std/path/join.js";
import { normalize } from "deno-std/path/posix/normalize.js";
import { ByteSliceStream } from "deno-std/streams/byte_slice_stream.js";

/** Answers with a file: ranges, ETag, conditions, content type. */
export async function serveFile(
  req: Request,
  filePath: string,
  options: ServeFileOptions = {},
): Promise<Response> {
  await req.body?.cancel();
  if (!isRead(req)) return plain(405);
  const info = options.fileInfo ?? await statOrNothing(filePath);
  if (info === undefined || info.isDirectory) return plain(404);
  const headers = await fileHeaders(filePath, info, options.etagAlgorithm);
  if (req.method === "HEAD") {
    headers.set("content-length", `${info.size}`);
    return answer(200, null, headers);
  }
  if (isUnchanged(req, headers.get("etag"), info.mtime)) {
    return answer(304, null, headers);
  }
  return await serveBytes(req, filePath, info.size, headers);
}

/** Answers with the file below a folder that the request names. */
export async function serveDir(
  req: Request,
  opts: ServeDirOptions = {},
): Promise<Response> {
  if (!isRead(req)) return plain(405);
  const response = await findInDir(req, opts).catch((thrown) =>
    plain(thrown instanceof Deno.errors.NotFound ? 404 : 500)
  );
  if (response.status >= 300 && response.status < 400) return response;
  if (opts.enableCors) {
    response.headers.append("access-control-allow-origin", "*");
    response.headers.append(
      "access-control-allow-headers",
      "Origin, X-Requested-With, Content-Type, Accept, Range",
    );
  }
  for (const header of opts.headers ?? []) {
    const [name, ...value] = header.split(":");
    response.headers.append(name!, value.join(":"));
  }
  return response;
}

async function findInDir(
  req: Request,
  opts: ServeDirOptions,
): Promise<Response> {
  const { fsRoot = ".", urlRoot, showDotfiles = false } = opts;
  const url = new URL(req.url);
  const decoded = decodeURIComponent(url.pathname);
  const normal: string = normalize(decoded);
  if (urlRoot && !normal.startsWith("/" + urlRoot)) return plain(404);
  if (normal !== decoded) return redirect(url, normal);
  const path = (urlRoot ? normal.replace(urlRoot, "") : normal)
    .replace(/\/$/, "");
  if (!showDotfiles && /\/\./.test(path)) return plain(404);
  const fsPath: string = join(fsRoot, path);
  const info = await Deno.stat(fsPath);
  const slashed = url.pathname.endsWith("/");
  if (info.isFile && slashed) return redirect(url, url.pathname.slice(0, -1));
  if (info.isDirectory && !slashed) return redirect(url, url.pathname + "/");
  if (info.isDirectory) return await serveIndex(req, fsPath, opts);
  return await serveFile(req, fsPath, fileOptions(opts, info));
}

async function serveIndex(
  req: Request,
  folder: string,
  opts: ServeDirOptions,
): Promise<Response> {
  if (opts.showIndex === false) return plain(404);
  const indexPath: string = join(folder, "index.html");
  const info = await statOrNothing(indexPath);
  if (!info?.isFile) return plain(404);
  return await serveFile(req, indexPath, fileOptions(opts, info));
}

function fileOptions(
  { etagAlgorithm }: ServeDirOptions,
  fileInfo: Deno.FileInfo,
): ServeFileOptions {
  return { fileInfo, etagAlgorithm: etagAlgorithm ?? "SHA-256" };
}

async function serveBytes(
  req: Request,
  filePath: string,
  size: number,
  headers: Headers,
): Promise<Response> {
  const range = size > 0 ? parseRange(req.headers.get("range"), size) : null;
  if (range === null) {
    headers.set("content-length", `${size}`);
    return answer(200, (await Deno.open(filePath)).readable, headers);
  }
  if (range.end < 0 || range.end < range.start || size <= range.start) {
    headers.set("content-range", `bytes */${size}`);
    return answer(416, STATUS_TEXT[416], headers);
  }
  const start = Math.max(0, range.start);
  const end = Math.min(range.end, size - 1);
  headers.set("content-range", `bytes ${start}-${end}/${size}`);
  headers.set("content-length", `${end - start + 1}`);
  const file = await Deno.open(filePath);
  await file.seek(start, Deno.SeekMode.Start);
  const part: ReadableStream<Uint8Array> = file.readable.pipeThrough(
    new ByteSliceStream(0, end - start),
  );
  return answer(206, part, headers);
}

function parseRange(
  value: string | null,
  size: number,
): { start: number; end: number } | null {
  const groups = value?.match(/bytes=(?<start>\d+)?-(?<end>\d+)?$/u)?.groups;
  if (groups === undefined) return null;
  const { start, end } = groups;
  if (start !== undefined) {
    return { start: +start, end: end === undefined ? size - 1 : +end };
  }
  return end === undefined ? null : { start: size - +end, end: size - 1 };
}

async function fileHeaders(
  filePath: string,
  info: Deno.FileInfo,
  algorithm: AlgorithmIdentifier = "SHA-256",
): Promise<Headers> {
  const headers = new Headers({
    server: "deno",
    "accept-ranges": "bytes",
  });
  if (info.mtime) {
    headers.set("last-modified", info.mtime.toUTCString());
    const etag = await eTag(info, { algorithm });
    if (etag) headers.set("etag", etag);
  }
  const type = contentType(extname(filePath));
  if (type) headers.set("content-type", type);
  return headers;
}

function isUnchanged(
  req: Request,
  etag: string | null,
  mtime: Date | null,
): boolean {
  const noneMatch = req.headers.get("if-none-match");
  const since = req.headers.get("if-modified-since");
  if (noneMatch !== null) return !ifNoneMatch(noneMatch, etag ?? undefined);
  return mtime !== null && since !== null &&
    mtime.getTime() < new Date(since).getTime() + 1000;
}

async function statOrNothing(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isRead(req: Request): boolean {
  return req.method === "GET" || req.method === "HEAD";
}

function redirect(url: URL, pathname: string): Response {
  url.pathname = pathname;
  return Response.redirect(url, 301);
}

function plain(status: 404 | 405 | 500): Response {
  return answer(status, STATUS_TEXT[status], new Headers());
}

function answer(
  status: number,
  body: BodyInit | null,
  headers: Headers,
): Response {
  return new Response(body, {
    status,
    statusText: (STATUS_TEXT as Record<number, string>)[status] ?? "",
    headers,
  });
}
