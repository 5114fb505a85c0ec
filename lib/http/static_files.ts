/**
 * A folder as a web server shows it: files with ranges and the right types,
 * nothing else. The station's own origin, for those who have no other.
 *
 * Promises: never a file outside of the folder, be it by `..`, an encoded slash
 * or a link; never a name that starts with a dot; no listing of folders (a bare
 * folder names its playlists, so that a station's address can be found).
 *
 * @module
 */
import { serveFile } from "@std/http";
import { AlluviumError } from "../errors.ts";
import type { Route } from "./route.ts";

/** Types that players and our own readers depend on; others by their extension. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  rss: "application/x-alluvium",
  tree: "application/octet-stream",
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  flac: "audio/flac",
  aac: "audio/aac",
  m4a: "audio/mp4",
  m3u8: "application/vnd.apple.mpegurl",
};

/** A file to answer with. */
interface Found {
  path: string;
  info: Deno.FileInfo;
}

/**
 * Routes that answer GET and HEAD with the files of a folder. They take every
 * path, so they come last.
 *
 * @param folder any path; read anew for each request
 */
export function staticFiles(folder: string): Route[] {
  return [{
    method: "GET",
    path: "/*",
    handle: (request, info) => serve(folder, request, info.url.pathname),
  }];
}

async function serve(
  folder: string,
  request: Request,
  pathname: string,
): Promise<Response> {
  const found = await find(folder, segmentsOf(pathname), pathname);
  if (!found.info.isDirectory) return await fileResponse(request, found);
  if (!pathname.endsWith("/")) {
    const names = segmentsOf(pathname).map(encodeURIComponent);
    const headers = { Location: `/${names.join("/")}/` };
    return new Response(null, { status: 308, headers });
  }
  const index = await find(folder, [...segmentsOf(pathname), "index.html"])
    .catch(() => undefined);
  if (index?.info.isFile) return await fileResponse(request, index);
  return await playlistsOf(found.path);
}

/**
 * The names in a path, decoded once.
 *
 * @throws AlluviumError `not-found` for what can be no file here
 */
function segmentsOf(pathname: string): string[] {
  let names: string[];
  try {
    names = pathname.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    throw notFound(pathname);
  }
  // deno-lint-ignore no-control-regex
  const bad = names.some((name) => /^\.|[/\\\x00-\x1f]/.test(name));
  if (bad) throw notFound(pathname);
  return names;
}

async function find(
  folder: string,
  names: string[],
  pathname = names.join("/"),
): Promise<Found> {
  try {
    const root = await Deno.realPath(folder);
    const path = await Deno.realPath([root, ...names].join("/"));
    const info = await Deno.stat(path);
    const inside = path === root || path.startsWith(withSlash(root));
    if (inside && (info.isFile || info.isDirectory)) return { path, info };
  } catch (error) {
    if (!isOrdinary(error)) throw error;
  }
  throw notFound(pathname);
}

function withSlash(root: string): string {
  const slash = root.includes("\\") ? "\\" : "/";
  return root.endsWith(slash) ? root : root + slash;
}

/** Errors that a client can cause by asking for a name. */
function isOrdinary(error: unknown): boolean {
  const { NotFound, NotADirectory, PermissionDenied, FilesystemLoop } =
    Deno.errors;
  return error instanceof NotFound || error instanceof NotADirectory ||
    error instanceof PermissionDenied || error instanceof FilesystemLoop ||
    (error as { code?: string }).code === "ENAMETOOLONG";
}

async function fileResponse(
  request: Request,
  { path, info }: Found,
): Promise<Response> {
  const { status, headers, body } = await serveFile(
    withValidRange(request, info),
    path,
    { fileInfo: info },
  );
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const type = CONTENT_TYPES[extension];
  const all = new Headers(headers);
  if (type !== undefined && status < 300) all.set("Content-Type", type);
  if (extension === "rss") all.set("Cache-Control", "no-cache");
  all.set("X-Content-Type-Options", "nosniff");
  all.delete("Server");
  return new Response(body, { status, headers: all });
}

/**
 * The request without its Range where that is for another version of the file
 * (`If-Range`): a part of the new one would be stuck onto the old one. Our ETags
 * are weak and do not count here, by RFC 9110 13.1.5.
 */
function withValidRange(request: Request, info: Deno.FileInfo): Request {
  const condition = request.headers.get("if-range");
  if (condition === null || condition === info.mtime?.toUTCString()) {
    return request;
  }
  const headers = new Headers(request.headers);
  headers.delete("range");
  return new Request(request.url, { method: request.method, headers });
}

/** The page of a folder without one of its own. */
async function playlistsOf(folder: string): Promise<Response> {
  const playlists: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && !name.startsWith(".") && /\.rss$/i.test(name)) {
      playlists.push(encodeURIComponent(name));
    }
  }
  const lines = ["Served by Alluvium.", ...playlists.sort(), ""];
  return new Response(lines.join("\n"), {
    headers: { "Content-Type": "text/plain; charset=UTF-8" },
  });
}

function notFound(pathname: string): AlluviumError {
  return new AlluviumError("not-found", `Cannot find "${pathname}"`);
}
