/**
 * The peer port: the WebSocket that carries links, and the same bytes for any
 * HTTP client by `GET /uri-res/N2R?urn:tree:sha256:…` with Range (RFC 2169,
 * RFC 9110). It serves what is held and verified, and nothing else.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import { parseContentUrn } from "../hashtree/content_id.ts";
import { Front } from "../http/front.ts";
import type {
  FrameRoute,
  RequestInfo,
  Route,
  UpgradeRequest,
} from "../http/route.ts";
import type { Log } from "../log.ts";
import type { Uploads } from "../swarm/uploads.ts";
import type { Holding } from "./holding.ts";
import { isLan, PEER_SOCKET_PATH } from "./links.ts";

/** All addresses, IPv6 and IPv4; where there is no IPv6, the second. */
export const ANY_ADDRESS = "::";
const ANY_IPV4_ADDRESS = "0.0.0.0";

/** Bytes read at a time while answering. */
const BLOCK_BYTES = 64 * 1024;

/** The limit may have changed after this. */
const LIMIT_LOOK_MS = 1_000;

/** What the port serves. */
export interface PeerPort {
  /** What a gateway that dials back compares, 32 hex digits. */
  readonly id: string;
  /** A content by key, if it is open and can be shared. */
  holding(key: string): Holding | undefined;
  /** What goes out by links, whose limit is that of HTTP, too. */
  uploads(): Uploads | undefined;
  /** A peer dialled. */
  accept(request: UpgradeRequest, address: string): void;
}

/** What the port is opened with. */
export interface PeerPortOptions {
  clock: Clock;
  log: Log;
  /** 0 for any free one. Another free one is taken where it is in use. */
  port: number;
  /** @default {"::"} */
  hostname?: string;
}

/** Opens the port; a port that cannot be opened is a warning: others cannot dial us then. */
export async function listenForPeers(
  options: PeerPortOptions,
  served: PeerPort,
): Promise<Front | undefined> {
  const { port, clock, log } = options;
  const on = (hostname: string) =>
    Front.listen({
      routes: peerRoutes(served, clock),
      sockets: peerSockets(served),
      ...{ hostname, port, clock, log },
      fallbackPorts: true,
      allowedHosts: "any",
    });
  try {
    if (options.hostname !== undefined) return await on(options.hostname);
    return await on(ANY_ADDRESS).catch(() => on(ANY_IPV4_ADDRESS));
  } catch (error) {
    const why = toAlluviumError(error).message;
    log("warn", `${why}: others cannot dial this listener`);
    return undefined;
  }
}

/** The HTTP half. */
export function peerRoutes(port: PeerPort, clock: Clock): Route[] {
  return [
    {
      method: "GET",
      path: "/alluvium/hello",
      handle: () => new Response(port.id),
    },
    {
      method: "GET",
      path: "/uri-res/N2R",
      handle: (request, info) => serveContent(request, info, port, clock),
    },
  ];
}

/** The WebSocket half. */
export function peerSockets(port: PeerPort): FrameRoute[] {
  return [{
    path: PEER_SOCKET_PATH,
    take: (request, { remoteAddress }) => port.accept(request, remoteAddress),
  }];
}

function serveContent(
  request: Request,
  { url, remoteAddress, signal }: RequestInfo,
  port: PeerPort,
  clock: Clock,
): Response {
  const uploads = isLan(remoteAddress) ? undefined : port.uploads();
  if (uploads?.limitBytesPerSecond === 0) {
    throw new AlluviumError("busy", "Nothing is sent from here just now");
  }
  const leave = (bytes: number) => mayLeave(bytes, uploads, clock, signal);
  const urn = url.search.slice(1);
  const key = parseContentUrn(decodeURIComponent(urn))?.key;
  const holding = key === undefined ? undefined : port.holding(key);
  if (holding === undefined) {
    throw new AlluviumError("not-found", "No such content is held here", {
      field: urn,
    });
  }
  const { length } = holding.content;
  const range = parseRange(request.headers.get("range"), length);
  const end = heldEnd(holding, range?.start ?? 0, range?.end ?? length);
  const headers = contentHeaders(urn, holding);
  if (range === undefined && end === length) {
    headers.set("content-length", String(length));
    return new Response(streamHeld(holding, 0, length, leave), { headers });
  }
  if (range === undefined || end <= range.start) throw notHeld(length);
  // A shorter range than asked for is a legal answer: RFC 9110, 15.3.7.
  headers.set("content-range", `bytes ${range.start}-${end - 1}/${length}`);
  headers.set("content-length", String(end - range.start));
  const body = streamHeld(holding, range.start, end, leave);
  return new Response(body, { status: 206, headers });
}

/** Resolves when the upload limit lets bytes go; at once where there is none. */
async function mayLeave(
  bytes: number,
  uploads: Uploads | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (uploads === undefined) return;
  for (let waitMs; (waitMs = uploads.waitMs(clock.now())) > 0;) {
    await clock.sleep(Math.min(waitMs, LIMIT_LOOK_MS), signal);
  }
  uploads.spend(bytes, clock.now());
}

function contentHeaders(urn: string, holding: Holding): Headers {
  const headers = new Headers({
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    "x-content-urn": urn,
  });
  if (!holding.readable.full) {
    const ranges = [...holding.readable.ranges()].slice(0, 64)
      .map(({ from, until }) =>
        `${from * LEAF_BYTES}-${
          Math.min(until * LEAF_BYTES, holding.content.length) - 1
        }`
      );
    headers.set("x-available-ranges", `bytes ${ranges.join(",")}`);
  }
  return headers;
}

/** Up to where bytes can be read without a hole from `start`, `end` at most. */
function heldEnd(holding: Holding, start: number, end: number): number {
  return Math.min(
    end,
    holding.readable.nextClear(Math.floor(start / LEAF_BYTES)) * LEAF_BYTES,
    holding.content.length,
  );
}

/** One byte range of a Range header; undefined for none, and for forms that may be ignored. */
function parseRange(
  header: string | null,
  length: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null || match[0] === "bytes=-") return undefined;
  const [, first, last] = match;
  const start = first === ""
    ? Math.max(0, length - Number(last))
    : Number(first);
  const end = first === "" || last === ""
    ? length
    : Math.min(length, Number(last) + 1);
  if (start >= length || end <= start) throw notHeld(length);
  return { start, end };
}

function notHeld(length: number): AlluviumError {
  return new AlluviumError(
    "range-not-satisfiable",
    `Range is not held here, of ${length} bytes in all`,
  );
}

function streamHeld(
  holding: Holding,
  start: number,
  end: number,
  leave: (bytes: number) => Promise<void>,
): ReadableStream<Uint8Array> {
  let at = start;
  return new ReadableStream({
    async pull(controller) {
      if (at >= end) return controller.close();
      const size = Math.min(BLOCK_BYTES, end - at);
      await leave(size);
      controller.enqueue(await holding.stored.read(at, size));
      at += size;
    },
  }, { highWaterMark: 0 });
}
