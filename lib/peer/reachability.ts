/**
 * How others come to this listener besides by a gateway: the look-out on the
 * local network, and the port of the router. Neither is needed, neither may
 * fail the program, and neither is tried where the peer port is this machine's
 * alone.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { isLoopbackAddress } from "../http/host_policy.ts";
import type { Log } from "../log.ts";
import type { Family, PeerAddress } from "../swarm/places.ts";
import { Lan } from "./lan.ts";
import { type MappedPort, mapPort } from "./port_map.ts";

/** What reachability works with. */
export interface ReachabilityOptions {
  /** Who we are; `port` 0: none is open, nothing is done. */
  self: { id: string; port: number };
  /** Address the peer port is bound to. */
  hostname: string;
  /** Whether to look around on the local network. */
  lan: boolean;
  /** Whether to ask the router. */
  mapPort: boolean;
  clock: Clock;
  log: Log;
  /** A listener of a station of ours is on this network. */
  found(station: string, peer: PeerAddress): void;
  /** The router lets others in: {@linkcode Reachability.portBy} has another answer. */
  mapped(): void;
  /** @default {by `port_map.ts`} */
  map?: typeof mapPort;
}

/** The ways in. */
export class Reachability {
  readonly #options: ReachabilityOptions;
  readonly #lan: Lan | undefined;
  readonly #end = new AbortController();
  #mapping: Promise<void> | undefined;
  #mapped: MappedPort | undefined;

  /** Begins to ask the router; looking around begins with the first station. */
  constructor(options: ReachabilityOptions) {
    this.#options = options;
    const { self, hostname, lan } = options;
    if (self.port === 0 || isLoopbackAddress(hostname)) return;
    if (lan) this.#lan = new Lan(options);
    if (options.mapPort) this.#mapping = this.#map();
  }

  /** The peer port as others can dial it: by IPv4 the router's, once it lets them in. */
  portBy(family: Family): number {
    const { port } = this.#options.self;
    return family === 4 ? this.#mapped?.port ?? port : port;
  }

  /** A station is heard here: who else does is looked for. */
  hear(station: string): void {
    this.#lan?.hear(station);
  }

  /** It is heard no more. */
  leave(station: string): void {
    this.#lan?.leave(station);
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all([this.#lan?.close(), this.#mapping]);
    await this.#mapped?.release();
  }

  async #map(): Promise<void> {
    const { self, clock, log, mapped, map = mapPort } = this.#options;
    const { signal } = this.#end;
    this.#mapped = await map(self.port, { clock, log, signal });
    if (this.#mapped === undefined || signal.aborted) return;
    const { port } = this.#mapped;
    log("info", `The router lets other listeners in by its port ${port}`);
    mapped();
  }
}
