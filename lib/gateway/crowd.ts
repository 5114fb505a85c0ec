/**
 * How much of the gateway one address and one network may have: sockets at a
 * time, and look-ups that make an origin work. Whoever owns many addresses of
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
  GATEWAY_NETWORKS_MAX,
  GATEWAY_SESSIONS_PER_ADDRESS_MAX,
  GATEWAY_SESSIONS_PER_NETWORK_MAX,
} from "../limits.ts";
import { subnetOf } from "../swarm/address_space.ts";

const LOOK_UPS_PER_MS = GATEWAY_LOOK_UPS_PER_MINUTE / 60_000;

/** What is left to a network. */
interface Allowance {
  lookUps: number;
  atMs: number;
}

/** Everyone who is here, by address and by network. */
export class Crowd {
  readonly #clock: Clock;
  readonly #seats = new Map<string, number>();
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

  /** An address has a socket more. */
  sit(address: string): void {
    this.#change(address, 1);
  }

  /** An address that {@linkcode sit} was called for has one less. */
  rise(address: string): void {
    this.#change(address, -1);
  }

  /**
   * An address makes us ask an origin.
   *
   * @throws {AlluviumError} `too-many-requests`
   */
  lookUp(address: string): void {
    const network = subnetOf(address);
    if (network === undefined) return;
    const allowance = this.#allowance(network);
    if (allowance.lookUps < 1) {
      throw new AlluviumError(
        "too-many-requests",
        `Cannot look up another file: wanted at most ${GATEWAY_LOOK_UPS_PER_MINUTE} a minute from one network`,
      );
    }
    allowance.lookUps--;
  }

  #taken(name: string): number {
    return this.#seats.get(name) ?? 0;
  }

  #change(address: string, by: number): void {
    const network = subnetOf(address);
    if (network === undefined) return;
    for (const name of [address, network]) {
      const taken = this.#taken(name) + by;
      if (taken > 0) this.#seats.set(name, taken);
      else this.#seats.delete(name);
    }
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
