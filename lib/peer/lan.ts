/**
 * Finds other listeners of the same stations on this network, by multicast DNS
 * over both families, and is found by them: no gateway, no origin and no Internet
 * needed. The other side's address is the one its packet came from, and counts
 * only if it is of this network. Where multicast is not possible nothing is found
 * and nobody is bothered.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { isNear } from "../swarm/address_space.ts";
import type { PeerAddress } from "../swarm/members.ts";
import {
  LAN_SERVICE,
  lanPeers,
  lanRecords,
  stationTag,
} from "./lan_records.ts";
import {
  type LanPacket,
  type LanSocket,
  openMulticast,
  senderOf,
} from "./multicast_sockets.ts";

/** Looking around again: BEP 14's interval. */
const LOOK_MS = 300_000;

/** Answers and announcements are this far apart at least, in ms: RFC 6762, 6 asks for a second. */
const ANSWER_MS = 1_000;

/** What looking around needs. */
export interface LanOptions {
  /** Who we are; `port` is the peer port. */
  self: { id: string; port: number };
  clock: Clock;
  log: Log;
  /** A listener of a station of ours is there. */
  found(station: string, peer: PeerAddress): void;
  /** Opens multicast. @default {by `multicast-dns`, over both families} */
  open?: () => Promise<LanSocket[]>;
}

/** The look-out on this network. */
export class Lan {
  readonly #options: LanOptions;
  readonly #stations = new Set<string>();
  #sockets: LanSocket[] = [];
  #opening: Promise<void> | undefined;
  #cancelLook: () => void = () => {};
  #cancelAnswer: (() => void) | undefined;
  #answeredMs = -Infinity;
  #closed = false;

  /** Opens nothing until a station is heard. */
  constructor(options: LanOptions) {
    this.#options = options;
  }

  /** A station is heard here; harmless if that is known. Others learn it, and are asked. */
  hear(station: string): void {
    if (this.#closed || this.#stations.has(station)) return;
    this.#stations.add(station);
    this.#opening ??= this.#open();
    this.#look();
  }

  /** It is heard no more: nobody is told of it, and its listeners are passed over. */
  leave(station: string): void {
    this.#stations.delete(station);
  }

  /** Says goodbye, and nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook();
    this.#cancelAnswer?.();
    await this.#opening;
    if (this.#stations.size > 0) this.#say([]);
    const ends = this.#sockets.map(({ multicast }) =>
      new Promise<void>((resolve) => multicast.destroy(resolve))
    );
    await Promise.all(ends);
  }

  async #open(): Promise<void> {
    try {
      this.#sockets = await (this.#options.open ?? openMulticast)();
      for (const socket of this.#sockets) this.#listen(socket);
      this.#look();
    } catch (error) {
      this.#trouble(error);
    }
  }

  #listen(socket: LanSocket): void {
    const { multicast } = socket;
    multicast.on("error", (error) => this.#trouble(error));
    multicast.on("warning", (error) => this.#trouble(error));
    multicast.on("query", ({ questions = [] }) => {
      if (questions.some(({ name }) => name === LAN_SERVICE)) this.#answer();
    });
    multicast.on("response", (packet, { address }) => {
      const host = senderOf(socket, address);
      if (host !== undefined) this.#take(packet, host);
    });
  }

  /** Asks who is there, and says that we are. */
  #look(): void {
    if (this.#closed || this.#sockets.length === 0) return;
    this.#cancelLook();
    this.#cancelLook = this.#options.clock.timer(LOOK_MS, () => this.#look());
    for (const { multicast } of this.#sockets) {
      multicast.query(LAN_SERVICE, "PTR");
    }
    this.#answer();
  }

  #answer(): void {
    if (this.#closed || this.#cancelAnswer !== undefined) return;
    const { clock } = this.#options;
    const waitMs = this.#answeredMs + ANSWER_MS - clock.monotonic();
    this.#cancelAnswer = clock.timer(Math.max(0, waitMs), () => {
      this.#cancelAnswer = undefined;
      this.#answeredMs = clock.monotonic();
      this.#say(this.#stations);
    });
  }

  #say(stations: Iterable<string>): void {
    const answers = lanRecords(this.#options.self, stations);
    // The library writes into what it is given, so each gets its own.
    for (const { multicast } of this.#sockets) multicast.respond({ answers });
  }

  #take({ answers = [], additionals = [] }: LanPacket, host: string): void {
    const { self, found } = this.#options;
    if (this.#closed || !isNear(host)) return;
    for (const { id, port, tags } of lanPeers([...answers, ...additionals])) {
      if (id === self.id) continue;
      for (const station of this.#stations) {
        if (tags.has(stationTag(id, station))) {
          found(station, { id, host, port });
        }
      }
    }
  }

  #trouble(error: unknown): void {
    this.#options.log(
      "debug",
      "Cannot look for listeners on the local network",
      { error },
    );
  }
}
