/**
 * Asks the router to let others in: a port of its own is handed on to ours, by
 * NAT-PMP where a router speaks it, else by UPnP. A lease lasts an
 * hour, is renewed after half of it and given back on closing. A router that does
 * not answer, or none, is nobody's fault: nothing is said but to the debug log.
 *
 * @module
 */
import type { Gateway, PortMapping } from "@achingbrain/nat-port-mapper";
import ipaddr from "ipaddr.js";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import {
  PORT_MAP_ASK_MS_MAX,
  PORT_MAP_CLOSE_MS_MAX,
  PORT_MAP_MS_MAX,
  PORT_MAP_TTL_MS,
} from "../limits.ts";
import { findPmpRouter, likelyRouters, type OwnAddress } from "./pmp_search.ts";

/** What is written into the router's table. */
const DESCRIPTION = "Alluvium";

/** UPnP's service that has the table. */
const UPNP_TABLE = "urn:schemas-upnp-org:service:WANIPConnection:2";

/** A router's table entry, as long as it is held. */
export interface MappedPort {
  /** The router's port that leads to ours. */
  readonly port: number;
  /** Gives it back. Never rejects. */
  release(): Promise<void>;
}

/** A router, and an hour in the unit that its protocol is given it in. */
export interface Router {
  readonly gateway: Gateway;
  readonly ttl: number;
  /** Takes back what it handed on by a port of its own. @default {by the library} */
  takeBack?(external: number, signal: AbortSignal): Promise<void>;
}

/** What mapping needs. */
export interface PortMapOptions {
  clock: Clock;
  log: Log;
  /** Gives up. */
  signal: AbortSignal;
  /** The routers there are, the likeliest first. @default {NAT-PMP, then UPnP} */
  routers?: (signal: AbortSignal, clock: Clock) => AsyncIterable<Router>;
}

/**
 * Has a router hand a TCP port on to ours, the same number if it can.
 *
 * @param port our own
 * @returns undefined where no router does it within `PORT_MAP_MS_MAX`
 */
export async function mapPort(
  port: number,
  { clock, log, signal, routers = findRouters }: PortMapOptions,
): Promise<MappedPort | undefined> {
  const inTime = AbortSignal.any([
    signal,
    AbortSignal.timeout(PORT_MAP_MS_MAX),
  ]);
  try {
    for await (const router of routers(inTime, clock)) {
      const ports = { own: port, external: port };
      const mapping = await mapAt(router, ports, inTime, log);
      if (mapping === undefined) await giveBack(router, ports, log);
      else return hold(router, port, mapping, { clock, log });
    }
  } catch (error) {
    log("debug", "No router hands a port on to this listener", { error });
  }
  return undefined;
}

/** Our port, and the router's that leads to it. */
interface Ports {
  readonly own: number;
  readonly external: number;
}

/** Renews a lease until it is released. */
function hold(
  router: Router,
  own: number,
  { externalPort: external }: PortMapping,
  { clock, log }: Pick<PortMapOptions, "clock" | "log">,
): MappedPort {
  const ports = { own, external };
  let cancel = () => {};
  const later = () => {
    cancel = clock.timer(PORT_MAP_TTL_MS / 2, async () => {
      later();
      await mapAt(router, ports, AbortSignal.timeout(PORT_MAP_MS_MAX), log);
    });
  };
  later();
  return {
    port: external,
    release: () => {
      cancel();
      return giveBack(router, ports, log);
    },
  };
}

async function mapAt(
  { gateway, ttl }: Router,
  { own, external }: Ports,
  signal: AbortSignal,
  log: Log,
): Promise<PortMapping | undefined> {
  const inTime = AbortSignal.timeout(PORT_MAP_ASK_MS_MAX);
  try {
    const lease = { protocol: "tcp", externalPort: external, ttl } as const;
    // The library's own renewal takes NAT-PMP's seconds for milliseconds.
    const options = {
      ...lease,
      autoRefresh: false,
      signal: AbortSignal.any([signal, inTime]),
    };
    const here = addressToward(gateway.host, Deno.networkInterfaces());
    if (here !== undefined) return await gateway.map(own, here, options);
    for await (const mapping of gateway.mapAll(own, options)) return mapping;
  } catch (error) {
    log("debug", "A router does not hand a port on", { error });
  }
  return undefined;
}

async function giveBack(
  { gateway, takeBack }: Router,
  { own, external }: Ports,
  log: Log,
): Promise<void> {
  const signal = AbortSignal.timeout(PORT_MAP_CLOSE_MS_MAX);
  const options = { signal, protocol: "tcp", autoRefresh: false };
  try {
    if (takeBack !== undefined) await takeBack(external, signal);
    else await gateway.unmap(own, options);
  } catch (error) {
    log("debug", "The router does not take its port back", { error });
  }
  await gateway.stop({ signal }).catch((error) =>
    log("debug", "The router does not let go", { error })
  );
}

async function* findRouters(
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<Router> {
  const { pmpNat, upnpNat } = await import("@achingbrain/nat-port-mapper");
  const likely = likelyRouters(Deno.networkInterfaces());
  const host = await findPmpRouter(likely, { clock, signal });
  if (host !== undefined) yield pmpRouter(pmpNat(host));
  const upnp = upnpNat({ description: DESCRIPTION });
  for await (const gateway of upnp.findGateways({ signal })) {
    yield upnpRouter(gateway);
  }
}

/** A router that speaks NAT-PMP: there the library hands the time on as it is, and RFC 6886 counts seconds. */
export function pmpRouter(gateway: Gateway): Router {
  return { gateway, ttl: PORT_MAP_TTL_MS / 1000 };
}

/** What the library has inside for a router that speaks UPnP. */
interface UpnpInside {
  gateway: {
    run(
      service: string,
      action: string,
      fields: [name: string, value: string | number][],
      options: { signal: AbortSignal },
    ): Promise<unknown>;
  };
  mappings: Map<number, unknown>;
}

/**
 * A router that speaks UPnP. What it hands on the library takes back by our port
 * instead of the router's, which may lead to somebody else, and without the
 * protocol, which routers insist on; so it is asked here.
 */
function upnpRouter(gateway: Gateway): Router {
  const router = { gateway, ttl: PORT_MAP_TTL_MS };
  if (gateway.family !== "IPv4") return router;
  const inside = gateway as unknown as UpnpInside;
  return {
    ...router,
    async takeBack(external, signal) {
      if (inside.mappings.size === 0) return;
      inside.mappings.clear();
      await inside.gateway.run(UPNP_TABLE, "DeletePortMapping", [
        ["NewRemoteHost", ""],
        ["NewExternalPort", external],
        ["NewProtocol", "TCP"],
      ], { signal });
    },
  };
}

/**
 * The address of this machine in the network of a router: a machine may have
 * others, for its containers and the like, to which no router leads.
 */
export function addressToward(
  host: string,
  own: readonly OwnAddress[],
): string | undefined {
  if (!ipaddr.IPv4.isValid(host)) return undefined;
  const router = ipaddr.IPv4.parse(host);
  if (router.range() === "loopback") return undefined;
  return own.find(({ family, cidr }) =>
    family === "IPv4" && ipaddr.IPv4.isValidCIDR(cidr) &&
    router.match(ipaddr.IPv4.parseCIDR(cidr))
  )?.address;
}
