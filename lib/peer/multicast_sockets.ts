/**
 * Multicast DNS by both families: a socket for IPv4, and one for IPv6 on each
 * interface that has an address of its link. A socket of IPv6 is bound to the
 * group on its interface, so that what it hears came from there: a link-local
 * address is of use with its interface alone. Where one cannot be had the others
 * go on.
 *
 * @module
 */
import { LAN_INTERFACES_MAX } from "../limits.ts";
import type { LanRecord } from "./lan_records.ts";

/** The group of multicast DNS, link-local scope: RFC 6762, 3. */
const GROUP_6 = "ff02::fb";

/** A link-local address, as the system writes it. */
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i;

/** Multicast DNS as it is used here. */
export interface Multicast {
  on(event: "query", heard: (packet: LanPacket) => void): unknown;
  on(
    event: "response",
    heard: (packet: LanPacket, from: { address: string }) => void,
  ): unknown;
  on(event: "error" | "warning", heard: (error: Error) => void): unknown;
  query(name: string, type: "PTR"): void;
  respond(records: { answers: LanRecord[] }): void;
  destroy(done?: () => void): void;
}

/** What of a packet matters. */
export interface LanPacket {
  questions?: { name: string }[];
  answers?: LanRecord[];
  additionals?: LanRecord[];
}

/** One socket. */
export interface LanSocket {
  readonly multicast: Multicast;
  /** The interface of all that it hears; absent for IPv4, whose addresses do without. */
  readonly zone?: number;
}

/** Opens multicast DNS by IPv4, and by IPv6 wherever it is possible. */
export async function openMulticast(): Promise<LanSocket[]> {
  const { default: multicastDns } = await import("./multicast.ts");
  const open = multicastDns as unknown as (options?: unknown) => Multicast;
  const ipv6 = linkZones(Deno.networkInterfaces()).map((zone) => {
    const bind = `${GROUP_6}%${zone}`;
    const there = { type: "udp6", ip: GROUP_6, interface: `::%${zone}`, bind };
    return { multicast: open(there), zone };
  });
  return [{ multicast: open() }, ...ipv6];
}

/**
 * Where a packet came from, as it can be dialled.
 *
 * @returns an IP literal; undefined for what IPv6 did not bring over its link
 */
export function senderOf(
  { zone }: LanSocket,
  address: string,
): string | undefined {
  if (zone === undefined) return address;
  return LINK_LOCAL.test(address) ? `${address}%${zone}` : undefined;
}

/** Numbers of the interfaces that have a link-local address, `LAN_INTERFACES_MAX` at most. */
export function linkZones(
  interfaces: readonly Pick<Deno.NetworkInterfaceInfo, "address" | "scopeid">[],
): number[] {
  const zones = new Set<number>();
  for (const { address, scopeid } of interfaces) {
    if (LINK_LOCAL.test(address) && scopeid) zones.add(scopeid);
  }
  return [...zones].slice(0, LAN_INTERFACES_MAX);
}
