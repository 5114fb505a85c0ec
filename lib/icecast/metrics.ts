/**
 * `/metrics` for Prometheus: listeners, bytes, sources, by mount. Gathered when
 * asked for, so that nothing is counted twice.
 *
 * It answers on this machine, and anywhere to the admin's password: what each
 * mount sends is nobody else's business, as Icecast's public status has it too.
 *
 * @module
 */
import { Gauge, Registry } from "prom-client";
import { isLoopbackAddress } from "../http/host_policy.ts";
import type { Route } from "../http/route.ts";
import { page, unauthorized } from "./admin/replies.ts";
import type { AdminState } from "./admin/state.ts";
import { basicLogin } from "./auth/accounts.ts";
import type { Mount } from "./mount.ts";

/** What is told of each mount: name after `alluvium_mount_`, help, value. */
const MOUNT_FIGURES: readonly [string, string, (mount: Mount) => number][] = [
  ["listeners", "Listeners connected", (x) => x.listeners],
  ["listener_peak", "Most listeners at once", (x) => x.listenerPeak],
  [
    "listener_connections_total",
    "Listeners that ever came",
    (x) => x.listenerConnections,
  ],
  [
    "slow_listeners_total",
    "Listeners dropped because they fell behind",
    (x) => x.slowListeners,
  ],
  ["sent_bytes_total", "Bytes sent to listeners", (x) => x.bytesSent],
  ["received_bytes_total", "Bytes of the stream", (x) => x.bytesReceived],
  ["live", "Whether a live source is heard", (x) => x.heard === "live" ? 1 : 0],
];

/** The route. */
export function metricsRoute(state: AdminState): Route {
  const registry = makeRegistry(state);
  return {
    method: "GET",
    path: "/metrics",
    handle: async (request, { remoteAddress }) => {
      if (!isLoopbackAddress(remoteAddress)) {
        state.accounts.count(remoteAddress);
        const login = basicLogin(request.headers.get("authorization"));
        const isAdmin = await state.accounts.check(
          "admin",
          login,
          remoteAddress,
        );
        if (!isAdmin) return unauthorized();
      }
      return page(200, registry.contentType, await registry.metrics());
    },
  };
}

function makeRegistry(state: AdminState): Registry {
  const registry = new Registry();
  for (const [name, help, value] of MOUNT_FIGURES) {
    new Gauge({
      name: `alluvium_mount_${name}`,
      help,
      labelNames: ["mount"],
      registers: [registry],
      collect() {
        this.reset();
        for (const mount of state.mounts.all()) {
          this.set({ mount: mount.path }, value(mount));
        }
      },
    });
  }
  server(registry, "sources", "Live sources connected", () => state.live.count);
  server(
    registry,
    "start_time_seconds",
    "When the server started, since the Unix epoch",
    () => state.startedAtMs / 1000,
  );
  server(
    registry,
    "admin_requests_total",
    "Requests to the admin API",
    () => state.counts.requests,
  );
  return registry;
}

function server(
  registry: Registry,
  name: string,
  help: string,
  value: () => number,
): void {
  new Gauge({
    name: `alluvium_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}
