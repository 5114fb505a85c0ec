/**
 * Asks the router to let others in: a port of its own is handed on to ours, by
 * NAT-PMP where the default gateway speaks it, else by UPnP. A lease lasts an
 * hour, is renewed after half of it and given back on closing. A router that does
 * not answer, or none, is nobody's fault: nothing is said but to the debug log.
 *
 * @module
 */
import type { Gateway, PortMapping } from "@achingbrain/nat-port-mapper";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import {
  PORT_MAP_ASK_MS_MAX,
  PORT_MAP_CLOSE_MS_MAX,
  PORT_MAP_MS_MAX,
  PORT_MAP_TTL_MS,
} from "../limits.ts";

/** What is written into the router's table. */
const DESCRIPTION = "Alluvium";

/** Where Linux says which way everything else goes. */
const ROUTES = "/proc/net/route";

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
}

/** What mapping needs. */
export interface PortMapOptions {
  clock: Clock;
  log: Log;
  /** Gives up. */
  signal: AbortSignal;
  /** The routers there are, the likeliest first. @default {NAT-PMP, then UPnP} */
  routers?: (signal: AbortSignal) => AsyncIterable<Router>;
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
    for await (const router of routers(inTime)) {
      const mapping = await mapAt(router, port, inTime, log);
      if (mapping === undefined) await giveBack(router, port, log);
      else return hold(router, port, mapping, { clock, log });
    }
  } catch (error) {
    log("debug", "No router hands a port on to this listener", { error });
  }
  return undefined;
}

/** Renews a lease until it is released. */
function hold(
  router: Router,
  port: number,
  { externalPort }: PortMapping,
  { clock, log }: Pick<PortMapOptions, "clock" | "log">,
): MappedPort {
  let cancel = () => {};
  const later = () => {
    cancel = clock.timer(PORT_MAP_TTL_MS / 2, async () => {
      later();
      await mapAt(router, port, AbortSignal.timeout(PORT_MAP_MS_MAX), log);
    });
  };
  later();
  return {
    port: externalPort,
    release: () => {
      cancel();
      return giveBack(router, port, log);
    },
  };
}

async function mapAt(
  { gateway, ttl }: Router,
  port: number,
  signal: AbortSignal,
  log: Log,
): Promise<PortMapping | undefined> {
  const inTime = AbortSignal.timeout(PORT_MAP_ASK_MS_MAX);
  try {
    const lease = { protocol: "tcp", externalPort: port, ttl } as const;
    // The library's own renewal takes NAT-PMP's seconds for milliseconds.
    const options = {
      ...lease,
      autoRefresh: false,
      signal: AbortSignal.any([signal, inTime]),
    };
    for await (const mapping of gateway.mapAll(port, options)) return mapping;
  } catch (error) {
    log("debug", "A router does not hand a port on", { error });
  }
  return undefined;
}

async function giveBack(
  { gateway }: Router,
  port: number,
  log: Log,
): Promise<void> {
  const signal = AbortSignal.timeout(PORT_MAP_CLOSE_MS_MAX);
  const options = { signal, protocol: "tcp", autoRefresh: false };
  try {
    await gateway.unmap(port, options);
  } catch (error) {
    log("debug", "The router does not take its port back", { error });
  }
  await gateway.stop({ signal }).catch((error) =>
    log("debug", "The router does not let go", { error })
  );
}

async function* findRouters(signal: AbortSignal): AsyncGenerator<Router> {
  const { pmpNat, upnpNat } = await import("@achingbrain/nat-port-mapper");
  const host = defaultGateway(await Deno.readTextFile(ROUTES).catch(() => ""));
  if (host !== undefined) yield pmpRouter(pmpNat(host));
  const upnp = upnpNat({ description: DESCRIPTION });
  for await (const gateway of upnp.findGateways({ signal })) {
    yield { gateway, ttl: PORT_MAP_TTL_MS };
  }
}

/** A router that speaks NAT-PMP: there the library hands the time on as it is, and RFC 6886 counts seconds. */
export function pmpRouter(gateway: Gateway): Router {
  return { gateway, ttl: PORT_MAP_TTL_MS / 1000 };
}

/**
 * The router that everything without a way of its own goes to.
 *
 * @param routes the text of `/proc/net/route`
 * @returns an IPv4 address; undefined where there is none
 */
export function defaultGateway(routes: string): string | undefined {
  for (const line of routes.split("\n")) {
    const [, destination, gateway = ""] = line.split(/\s+/);
    if (destination !== "00000000" || !/^[0-9A-F]{8}$/i.test(gateway)) continue;
    // In the byte order of the machine, which is little-endian wherever we run.
    return [...Uint8Array.fromHex(gateway)].reverse().join(".");
  }
  return undefined;
}
