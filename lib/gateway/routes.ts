/**
 * The gateway over HTTP, all routes on one page.
 *
 * | path | answer |
 * | --- | --- |
 * | `/ocn/v1/resource?url=` | what is known of a URL, as JSON; 202 while it is hashed |
 * | `/ocn/v1/tree/ROOT` | the whole leaf layer, 32 bytes a leaf |
 * | `/ocn/v1/tree/ROOT?from=&count=` | leaf hashes of an aligned run, then its uncles |
 * | `/ocn/v1/swarm` | the swarm socket |
 * | POST `/ocn/v1/here?ticket=&port=` | dials back where this came from, for the owner of a ticket (`places.ts`) |
 * | `/uri-res/N2R?URN` | the bytes, with Range (RFC 2169) |
 * | `/uri-res/N2L?URN` | 303 to one place that has them |
 * | `/uri-res/N2Ls?URN` | all places, as `text/uri-list` |
 * | `/time` | milliseconds since the epoch, as text |
 * | `/healthz` | `ok` |
 * | `/metrics` | figures for Prometheus (`metrics.ts`) |
 * | `/` | the same for people |
 *
 * Listeners' addresses are in none of these answers, but for those who asked to
 * be public mirrors.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import {
  alignRun,
  clipRun,
  HASH_BYTES,
  isKey,
  parseContentUrn,
  treeWidth,
} from "../hashtree/mod.ts";
import type { RequestInfo, Route, SocketRoute } from "../http/route.ts";
import { problemResponse } from "../http/problem.ts";
import { GATEWAY_FRAME_BYTES_MAX } from "../limits.ts";
import type { GatewayContent } from "./content.ts";
import type { Contents } from "./contents.ts";
import { serveCopy } from "./copy_server.ts";
import type { Crowd } from "./crowd.ts";
import type { SwarmHub } from "./hub.ts";
import type { KeptFiles } from "./kept_files.ts";
import { copyUrl, resourceOf } from "./member.ts";
import type { UrlResolver } from "./resolver.ts";
import type { GatewayStore } from "./store.ts";

/** Places told of one content. */
const PLACES_MAX = 16;

/** What the routes work with. */
export interface RouteTools {
  contents: Contents;
  resolver: UrlResolver;
  files: KeptFiles;
  store: GatewayStore;
  hub: SwarmHub;
  crowd: Crowd;
  clock: Clock;
  /** Where the world finds this gateway, with a slash at the end; else by the request. */
  publicUrl: string | undefined;
  /** Told of every byte of a copy that goes out. */
  served(bytes: number): void;
}

/** The HTTP half. */
export function gatewayRoutes(tools: RouteTools): Route[] {
  const get = (
    path: string,
    handle: (request: Request, info: RequestInfo) => Promise<Response>,
  ): Route => ({ method: "GET", path, handle });
  return [
    get("/ocn/v1/resource", (_, info) => resource(info, tools)),
    get("/ocn/v1/tree/:root", (_, info) => tree(info, tools)),
    {
      method: "POST",
      path: "/ocn/v1/here",
      handle: (_, info) => here(info, tools),
    },
    get("/uri-res/N2R", (request, info) => n2r(request, info, tools)),
    get("/uri-res/N2L", (_, info) => n2l(info, tools)),
    get("/uri-res/N2Ls", (_, info) => n2ls(info, tools)),
    get("/time", () => plain(String(Math.round(tools.clock.now())))),
    get("/healthz", () => plain("ok")),
  ];
}

/** The WebSocket half. */
export function gatewaySockets(tools: RouteTools): SocketRoute[] {
  const { hub, crowd } = tools;
  return [{
    path: "/ocn/v1/swarm",
    frameBytesMax: GATEWAY_FRAME_BYTES_MAX,
    authorize({ remoteAddress }) {
      if (!hub.open) {
        return problemResponse(
          new AlluviumError("busy", "Cannot take another client"),
        );
      }
      if (crowd.hasSeat(remoteAddress)) return undefined;
      return problemResponse(
        new AlluviumError(
          "too-many-requests",
          "Cannot take another client of this address or network",
        ),
      );
    },
    accept(socket, info) {
      const { remoteAddress, signal } = info;
      hub.accept(socket, remoteAddress, baseOf(info, tools), signal);
    },
  }];
}

async function resource(
  info: RequestInfo,
  tools: RouteTools,
): Promise<Response> {
  const url = info.url.searchParams.get("url");
  if (url === null) {
    throw new AlluviumError("bad-request", "Cannot answer: wanted ?url=", {
      field: "url",
    });
  }
  const entry = await tools.resolver.resolve({ url }, info.remoteAddress);
  const base = baseOf(info, tools);
  const { content, facts } = entry;
  const mirrors = tools.hub.mirrors(content, info.remoteAddress);
  const place = { files: tools.files, base, mirrors };
  const body = resourceOf(entry.url, content, facts, place);
  return Response.json(body, {
    status: content.provisional ? 202 : 200,
    headers: { "cache-control": "no-store" },
  });
}

async function here(info: RequestInfo, tools: RouteTools): Promise<Response> {
  const { remoteAddress, url } = info;
  const ticket = url.searchParams.get("ticket") ?? "";
  const port = Number(url.searchParams.get("port"));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new AlluviumError("bad-request", "Cannot dial back: wanted ?port=", {
      field: "port",
    });
  }
  const reachable = await tools.hub.show(ticket, remoteAddress, port);
  return Response.json({ address: remoteAddress, reachable });
}

async function tree(info: RequestInfo, tools: RouteTools): Promise<Response> {
  const root = (info.params.root ?? "").toLowerCase();
  const content = isKey(root) ? await tools.contents.byRoot(root) : undefined;
  const state = content?.state;
  if (content === undefined || state?.kind !== "whole") {
    throw unknown(`tree ${root.slice(0, 64)}`);
  }
  const run = runOf(info.url.searchParams, content);
  const { layer } = state.tree;
  if (run === undefined) return octets([layer]);
  const there = clipRun(run, content.leaves);
  const start = there.from * HASH_BYTES;
  const end = start + there.count * HASH_BYTES;
  const uncles = state.tree.prove(run.from, run.count);
  return octets([layer.subarray(start, end), uncles], {
    "x-leaves": `${run.from}-${run.from + there.count - 1}`,
  });
}

/** The aligned run that holds the leaves asked for; undefined for the whole layer. */
function runOf(query: URLSearchParams, content: GatewayContent) {
  const [from, count] = [query.get("from"), query.get("count")];
  if (from === null && count === null) return undefined;
  const run = { from: Number(from ?? 0), count: Number(count ?? 1) };
  const good = Number.isInteger(run.from) && Number.isInteger(run.count) &&
    run.from >= 0 && run.count >= 1 && run.from < content.leaves;
  if (!good) {
    throw new AlluviumError(
      "bad-request",
      `Cannot give these leaves: wanted from 0 to ${
        content.leaves - 1
      }, count from 1`,
      { field: "from" },
    );
  }
  const width = treeWidth(content.leaves);
  return alignRun(run.from, Math.min(run.count, width - run.from));
}

async function n2r(
  request: Request,
  info: RequestInfo,
  tools: RouteTools,
): Promise<Response> {
  const content = await named(info, tools);
  const base = baseOf(info, tools);
  const urls = await tools.store.urlsOf(content.key, PLACES_MAX);
  const type = await typeOf(urls[0], tools.store);
  const mirrors = tools.hub.mirrors(content, info.remoteAddress);
  const notes = { type, duplicates: [...mirrors, ...urls], base };
  return await serveCopy(request, content, notes, tools);
}

async function n2l(info: RequestInfo, tools: RouteTools): Promise<Response> {
  const [location = ""] = await placesOf(info, tools);
  return new Response(null, { status: 303, headers: { location } });
}

async function n2ls(info: RequestInfo, tools: RouteTools): Promise<Response> {
  const places = await placesOf(info, tools);
  const lines = [`# ${urnOf(info)}`, ...places, ""];
  return new Response(lines.join("\r\n"), {
    headers: { "content-type": "text/uri-list" },
  });
}

/** Where a content can be had: here first, then at public peers, then at its origins. */
async function placesOf(
  info: RequestInfo,
  tools: RouteTools,
): Promise<string[]> {
  const content = await named(info, tools);
  const copy = copyUrl(baseOf(info, tools), content, tools.files);
  const origins = await tools.store.urlsOf(content.key, PLACES_MAX);
  const mirrors = tools.hub.mirrors(content, info.remoteAddress);
  const places = [
    ...(copy === undefined ? [] : [copy]),
    ...mirrors,
    ...origins,
  ];
  if (places.length > 0) return places;
  throw unknown(urnOf(info));
}

async function typeOf(
  url: string | undefined,
  store: GatewayStore,
): Promise<string | undefined> {
  return url === undefined ? undefined : (await store.resource(url))?.type;
}

/** The content that the query names. */
async function named(
  info: RequestInfo,
  { contents }: RouteTools,
): Promise<GatewayContent> {
  const text = urnOf(info);
  if (text === "") {
    throw new AlluviumError(
      "bad-request",
      "Cannot answer: wanted a name behind the question mark, such as urn:tree:sha256:ROOT",
    );
  }
  const name = parseContentUrn(text);
  const content = name === undefined
    ? undefined
    : name.provisional
    ? contents.byKey(name.key)
    : await contents.byRoot(name.key);
  if (content === undefined) throw unknown(text);
  return content;
}

/** RFC 2169 puts the URN behind the question mark as it is; some clients escape it. */
function urnOf(info: RequestInfo): string {
  const text = info.url.search.slice(1, 400);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unknown(what: string): AlluviumError {
  return new AlluviumError("not-found", `Cannot find ${what}: not known here`);
}

function baseOf(info: RequestInfo, tools: RouteTools): string {
  return tools.publicUrl ?? `${info.url.origin}/`;
}

function octets(
  parts: Uint8Array[],
  headers: Record<string, string> = {},
): Response {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return new Response(body, {
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(length),
      "cache-control": "public, max-age=31536000, immutable",
      ...headers,
    },
  });
}

function plain(text: string): Promise<Response> {
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
  };
  return Promise.resolve(new Response(text, { headers }));
}
