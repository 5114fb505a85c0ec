/**
 * How much of the gateway one address and one network may have: sockets at a
 * time, what they say, and look-ups that make an origin work. Whoever owns many addresses of
 * one network is one owner; this machine and private networks are no strangers
 * and are not counted.
 *
 * Known URLs cost a client nothing: of a crowd that asks for the same new file,
 * only the first is charged.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import {
  GATEWAY_LOOK_UPS_BURST,
  GATEWAY_LOOK_UPS_PER_MINUTE,
  GATEWAY_MESSAGES_BURST,
  GATEWAY_MESSAGES_PER_NETWORK,
  GATEWAY_MESSAGES_PER_SECOND,
  GATEWAY_NETWORKS_MAX,
  GATEWAY_SESSIONS_PER_ADDRESS_MAX,
  GATEWAY_SESSIONS_PER_NETWORK_MAX,
} from "../limits.ts";
import { Purse } from "./purse.ts";
import { subnetOf } from "../swarm/address_space.ts";

const LOOK_UPS_PER_MS = GATEWAY_LOOK_UPS_PER_MINUTE / 60_000;

/** The sockets of an address or a network, and what they may say. */
interface Seats {
  taken: number;
  readonly purse: Purse;
}

/** What is left to a network. */
interface Allowance {
  lookUps: number;
  atMs: number;
}

/** Everyone who is here, by address and by network. */
export class Crowd {
  readonly #clock: Clock;
  readonly #seats = new Map<string, Seats>();
  readonly #allowances = new Map<string, Allowance>();

  /** @param clock by which look-ups become free again */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Networks whose look-ups are remembered; GATEWAY_NETWORKS_MAX at most. */
  get networks(): number {
    return this.#allowances.size;
  }

  /** Whether an address may have another socket. */
  hasSeat(address: string): boolean {
    const network = subnetOf(address);
    if (network === undefined) return true;
    return this.#taken(address) < GATEWAY_SESSIONS_PER_ADDRESS_MAX &&
      this.#taken(network) < GATEWAY_SESSIONS_PER_NETWORK_MAX;
  }

  /**
   * An address has a socket more.
   *
   * @returns what every message of that socket is paid from: the purse of its
   *   address, which its other sockets have, too, and that of its network
   */
  sit(address: string): Purse[] {
    const network = subnetOf(address);
    if (network === undefined) {
      return [this.#purse(GATEWAY_MESSAGES_PER_SECOND)];
    }
    return [
      this.#take(address, GATEWAY_MESSAGES_PER_SECOND),
      this.#take(network, GATEWAY_MESSAGES_PER_NETWORK),
    ];
  }

  /** An address that {@linkcode sit} was called for has one less. */
  rise(address: string): void {
    const network = subnetOf(address);
    if (network === undefined) return;
    for (const name of [address, network]) {
      const seats = this.#seats.get(name);
      if (seats !== undefined && --seats.taken === 0) this.#seats.delete(name);
    }
  }

  /**
   * An address makes us ask an origin.
   *
   * @param cost look-ups that this one counts for
   * @throws {AlluviumError} `too-many-requests`
   */
  lookUp(address: string, cost = 1): void {
    const network = subnetOf(address);
    if (network === undefined) return;
    const allowance = this.#allowance(network);
    if (allowance.lookUps < cost) {
      throw new AlluviumError(
        "too-many-requests",
        `Cannot look up another file: wanted at most ${GATEWAY_LOOK_UPS_PER_MINUTE} a minute from one network`,
      );
    }
    allowance.lookUps -= cost;
  }

  #taken(name: string): number {
    return this.#seats.get(name)?.taken ?? 0;
  }

  #take(name: string, perSecond: number): Purse {
    let seats = this.#seats.get(name);
    if (seats === undefined) {
      seats = { taken: 0, purse: this.#purse(perSecond) };
      this.#seats.set(name, seats);
    }
    seats.taken++;
    return seats.purse;
  }

  #purse(perSecond: number): Purse {
    const burst = perSecond * GATEWAY_MESSAGES_BURST /
      GATEWAY_MESSAGES_PER_SECOND;
    return new Purse(burst, perSecond, this.#clock.monotonic());
  }

  /** Most recent last, so that the first is the one to forget. */
  #allowance(network: string): Allowance {
    const atMs = this.#clock.monotonic();
    const known = this.#allowances.get(network);
    const gained = known === undefined
      ? GATEWAY_LOOK_UPS_BURST
      : known.lookUps + (atMs - known.atMs) * LOOK_UPS_PER_MS;
    const lookUps = Math.min(GATEWAY_LOOK_UPS_BURST, gained);
    const allowance = { lookUps, atMs };
    this.#allowances.delete(network);
    this.#allowances.set(network, allowance);
    if (this.#allowances.size > GATEWAY_NETWORKS_MAX) {
      const [oldest = ""] = this.#allowances.keys();
      this.#allowances.delete(oldest);
    }
    return allowance;
  }
}
