/**
 * A gateway's figures, for Prometheus (`/metrics`) and for people (`/`). Both
 * read the same table, gathered when asked for, so that nothing is counted
 * twice. They are open to everyone: sums over all clients, no URL, no address.
 *
 * @module
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { Route } from "../http/route.ts";
import type { GatewayStatus } from "./gateway.ts";
import { statusPage } from "./status_page.ts";
import type { Tally } from "./tally.ts";

/** What the figures are read from. */
export interface FigureSource {
  /** What it is doing now. */
  status(): GatewayStatus;
  /** What it has done. */
  tally: Tally;
  /** How long it has been running, in ms. */
  uptimeMs(): number;
  /** Where the world finds it, with a slash at the end; else by the request. */
  publicUrl: string | undefined;
}

/** One figure: name after `alluvium_gateway_`, what it is, its value. */
export interface Figure {
  /** Ends in `_total` where it only grows. */
  name: string;
  /** For people too. */
  help: string;
  /** What is counted, where it is not things. */
  unit?: "bytes" | "seconds";
  /** Read when asked for. */
  value(source: FigureSource): number;
}

/** Every figure without labels, in the order of the page. */
export const FIGURES: readonly Figure[] = [
  figure("clients", "Listeners connected", (s) => s.status().clients),
  figure("contents", "Files in memory", (s) => s.status().contents),
  figure("joins_total", "Joins answered", (s) => s.tally.joins),
  figure("downloads", "Downloads under way", (s) => s.status().downloads),
  figure(
    "downloads_waiting",
    "Downloads waiting for their turn",
    (s) => s.status().downloadsWaiting,
  ),
  figure("hashed_files_total", "Files hashed", (s) => s.tally.hashedFiles),
  figure(
    "hashed_bytes_total",
    "Bytes hashed",
    (s) => s.tally.hashedBytes,
    "bytes",
  ),
  figure(
    "kept_bytes",
    "Bytes kept of files",
    (s) => s.status().keptBytes,
    "bytes",
  ),
  figure(
    "served_bytes_total",
    "Bytes given out",
    (s) => s.tally.servedBytes,
    "bytes",
  ),
  figure(
    "reachable_peers_total",
    "Listeners that could be dialled",
    (s) => s.tally.reachablePeers,
  ),
  figure(
    "unreachable_peers_total",
    "Listeners that could not be dialled",
    (s) => s.tally.unreachablePeers,
  ),
  figure(
    "unsaved_writes",
    "Writes waiting for the store",
    (s) => s.status().unsavedWrites,
  ),
  figure(
    "resident_memory_bytes",
    "Memory of the program",
    () => Deno.memoryUsage().rss,
    "bytes",
  ),
  figure(
    "uptime_seconds",
    "Time running",
    (s) => s.uptimeMs() / 1000,
    "seconds",
  ),
];

/** `/metrics` and `/`. */
export function figureRoutes(source: FigureSource): Route[] {
  const registry = makeRegistry(source);
  return [
    {
      method: "GET",
      path: "/metrics",
      handle: async () =>
        new Response(await registry.metrics(), {
          headers: {
            "content-type": registry.contentType,
            "cache-control": "no-store",
          },
        }),
    },
    {
      method: "GET",
      path: "/",
      handle: (_, { url }) =>
        statusPage(source, FIGURES, source.publicUrl ?? `${url.origin}/`),
    },
  ];
}

function figure(
  name: string,
  help: string,
  value: (source: FigureSource) => number,
  unit?: Figure["unit"],
): Figure {
  return { name, help, value, ...(unit === undefined ? {} : { unit }) };
}

function makeRegistry(source: FigureSource): Registry {
  const registry = new Registry();
  for (const one of FIGURES) register(one, source, registry);
  new Counter({
    name: "alluvium_gateway_refusals_total",
    help: "Joins refused and files failed, by error code",
    labelNames: ["code"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [code, count] of source.tally.refusals) {
        this.inc({ code }, count);
      }
    },
  });
  return registry;
}

function register(
  { name, help, value }: Figure,
  source: FigureSource,
  registry: Registry,
): void {
  const options = {
    name: `alluvium_gateway_${name}`,
    help,
    registers: [registry],
  };
  if (!name.endsWith("_total")) {
    new Gauge({
      ...options,
      collect() {
        this.set(value(source));
      },
    });
    return;
  }
  new Counter({
    ...options,
    collect() {
      this.reset();
      this.inc(value(source));
    },
  });
}
