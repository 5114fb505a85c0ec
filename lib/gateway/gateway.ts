/**
 * A gateway, put together: store, kept files, resolver, hub, routes. It offers
 * routes and sockets for a front port of somebody else's; it opens no port.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import type { Clock } from "../clock.ts";
import type { Route, SocketRoute } from "../http/route.ts";
import {
  GATEWAY_RESOURCES_MAX,
  GATEWAY_STORE_LAYER_BYTES_MAX,
} from "../limits.ts";
import { type Log, silentLog } from "../log.ts";
import { Contents } from "./contents.ts";
import { Crowd } from "./crowd.ts";
import { type DialBack, httpDialBack } from "./dial_back.ts";
import { type GuardPolicy, portOf, type Resolver } from "./guard.ts";
import { SwarmHub } from "./hub.ts";
import type { HashClaims } from "./hash_claims.ts";
import { KeptFiles } from "./kept_files.ts";
import { figureRoutes } from "./metrics.ts";
import { UrlResolver } from "./resolver.ts";
import { httpMirrorCheck, type MirrorCheck } from "./mirrors.ts";
import type { Neighbours } from "./neighbours.ts";
import { gatewayRoutes, gatewaySockets } from "./routes.ts";
import type { GatewayStore } from "./store.ts";
import { Tally } from "./tally.ts";

/** How a gateway is made. */
export interface GatewayOptions {
  /** What it remembers; closed with the gateway. */
  store: GatewayStore;
  /** Folder for kept files; made where there is none. */
  folder: string;
  /** Bytes of kept files, arriving ones included. 0: every byte comes from the origins. */
  keepBytes: number;
  /** Let media URLs on loopback and private networks in: LAN and tests. @default {false} */
  allowPrivate?: boolean;
  /** The only hosts media is taken from, with all names below them. @default {any} */
  mediaHosts?: readonly string[];
  /** Whether media is taken from a URL, written as URLs are, without fragment. @default {any} */
  isTaken?: (url: string) => Promise<boolean>;
  /** Where the world finds this gateway, e.g. behind a proxy. By default as each request names it. */
  publicUrl?: string;
  /** Other gateways of the same network; closed with this one. @default {none} */
  neighbours?: Neighbours;
  /** Who of them downloads a file. @default {each for itself} */
  claims?: HashClaims;
  /** Time, for limits and leases. */
  clock: Clock;
  /** Numbers in [0, 1). */
  random: () => number;
  /** Where it talks; never of who listens to what. @default {silentLog} */
  log?: Log;
  /** Finds the addresses of a host name. @default {the system's resolver} */
  resolve?: Resolver;
  /** Finds out whether a peer can be dialled. @default {over HTTP} */
  dialBack?: DialBack;
  /** Finds out whether a public peer holds what it says. @default {over HTTP} */
  checkMirror?: MirrorCheck;
}

/** A running gateway. */
export interface Gateway {
  /** Its HTTP half. */
  readonly routes: Route[];
  /** Its WebSocket half. */
  readonly sockets: SocketRoute[];
  /** What it is doing. */
  status(): GatewayStatus;
  /**
   * Tells it which port its routes are on, so that it never asks itself.
   *
   * @param url where other gateways of its network reach it, if they do
   */
  listening(port: number, url?: string): void;
  /** Ends downloads, says goodbye to clients, closes the store. */
  close(): Promise<void>;
}

/** Counters of a gateway. */
export interface GatewayStatus {
  /** Clients on the swarm socket. */
  clients: number;
  /** Contents in memory. */
  contents: number;
  /** Downloads under way. */
  downloads: number;
  /** Downloads waiting for their turn. */
  downloadsWaiting: number;
  /** Bytes of kept files, those still to arrive included. */
  keptBytes: number;
  /** Bytes of its own copies that went out since it began. */
  servedBytes: number;
  /** Writes that wait for a store that is away. */
  unsavedWrites: number;
}

/**
 * Makes a gateway.
 *
 * @throws {AlluviumError} `storage`
 */
export async function createGateway(
  options: GatewayOptions,
): Promise<Gateway> {
  const { store, clock, random, log = silentLog } = options;
  await store.trim(GATEWAY_RESOURCES_MAX, GATEWAY_STORE_LAYER_BYTES_MAX);
  const files = await KeptFiles.open({
    folder: options.folder,
    bytesMax: options.keepBytes,
    store,
    clock,
    log,
  });
  const publicUrl = options.publicUrl?.replace(/\/?$/, "/");
  const ownPorts = new Set<number>();
  const policy = policyOf(options, publicUrl, ownPorts);
  const resolve = options.resolve ?? systemResolver;
  const access = { policy, resolve, clock };
  const contents = new Contents({ store, clock, log });
  const tally = new Tally();
  const crowd = new Crowd(clock);
  const common = { contents, store, files, clock, random, log, tally, crowd };
  let ownUrl: string | undefined;
  const { neighbours, claims, isTaken } = options;
  const base = () => ownUrl;
  const resolver = new UrlResolver({
    ...common,
    access,
    claims,
    isTaken,
    base,
  });
  const dialBack = options.dialBack ?? httpDialBack(clock);
  const checkMirror = options.checkMirror ?? httpMirrorCheck(clock);
  const asking = { dialBack, checkMirror };
  const hub = new SwarmHub({ ...common, resolver, ...asking, neighbours });
  const served = (bytes: number) => void (tally.servedBytes += bytes);
  const tools = { ...common, resolver, hub, publicUrl, served };
  const status = () => ({
    clients: hub.clients,
    contents: contents.size,
    downloads: resolver.jobs.running,
    downloadsWaiting: resolver.jobs.waiting,
    keptBytes: files.bytes,
    servedBytes: tally.servedBytes,
    unsavedWrites: store.unsaved ?? 0,
  });
  const startMs = clock.monotonic();
  const uptimeMs = () => clock.monotonic() - startMs;
  return {
    routes: [
      ...gatewayRoutes(tools),
      ...figureRoutes({ status, tally, uptimeMs, publicUrl }),
    ],
    sockets: gatewaySockets(tools),
    listening(port, url) {
      ownPorts.add(port);
      ownUrl = url;
    },
    status,
    async close() {
      hub.close();
      await resolver.close();
      await neighbours?.close();
      await store.close();
    },
  };
}

function policyOf(
  options: GatewayOptions,
  publicUrl: string | undefined,
  ownPorts: Set<number>,
): GuardPolicy {
  const own = publicUrl === undefined ? null : URL.parse(publicUrl);
  return {
    allowPrivate: options.allowPrivate ?? false,
    ownAuthorities: new Set(
      own === null ? [] : [`${own.hostname}:${portOf(own)}`],
    ),
    ownPorts,
    mediaHosts: options.mediaHosts ?? [],
    ownAddresses: new Set(machineAddresses()),
  };
}

/** The system's own answer, hosts file included. */
async function systemResolver(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** This machine's addresses, where they may be asked for: without asking a person to permit it. */
function machineAddresses(): string[] {
  const { state } = Deno.permissions.querySync({
    name: "sys",
    kind: "networkInterfaces",
  });
  if (state !== "granted") return []; // Loopback is still known.
  return Deno.networkInterfaces().map(({ address }) => address);
}
