/**
 * Where a peer can be dialled. Many have an address of each family, and some can
 * use one alone; so a peer is known by two places at most, the better one first:
 * one of this network, where traffic costs nothing, then IPv6, which leads to
 * the peer itself and not to a router in front of it. Pure.
 *
 * @module
 */
import { isDialable, isNear } from "./address_space.ts";

/** An address and a port. */
export interface Place {
  /** IP literal; IPv6 without brackets. */
  readonly host: string;
  /** Its peer port, from 1. */
  readonly port: number;
}

/** A peer that can be dialled. */
export interface PeerAddress {
  /** 32 hex digits, random per run. */
  id: string;
  /** IP literal; IPv6 without brackets. */
  host: string;
  /** Its peer port, from 1. */
  port: number;
  /** Where else, mostly by the other family. */
  also?: Place | undefined;
}

/** The family of an IP literal. */
export type Family = 4 | 6;

/** The family of an IP literal; IPv6 is what has colons. */
export function familyOf(host: string): Family {
  return host.includes(":") ? 6 : 4;
}

/** The places of a peer, in the order they are given; a second one where nobody can be is left out. */
export function placesOf({ host, port, also }: PeerAddress): Place[] {
  const first = { host, port };
  // A gateway of another mind may say anything.
  const good = typeof also?.host === "string" && isDialable(also);
  return good && !isSame(also, first)
    ? [first, { host: also.host, port: also.port }]
    : [first];
}

/** Whether a peer is said to be at a place. */
export function isAt(peer: PeerAddress, place: Place): boolean {
  return placesOf(peer).some((one) => isSame(one, place));
}

/**
 * A peer that is named, perhaps not for the first time. What was known of it on
 * this network stays: nobody far away can say better how to reach it there.
 */
export function namedAnew(
  known: PeerAddress | undefined,
  named: PeerAddress,
): PeerAddress {
  const places = placesOf(named);
  for (const place of known === undefined ? [] : placesOf(known)) {
    if (isNear(place.host) && !isAt(named, place)) places.push(place);
  }
  const [first = named, also] = places.sort((a, b) => rankOf(a) - rankOf(b));
  const { host, port } = first;
  return { id: named.id, host, port, ...(also && { also }) };
}

/** Better ones first. */
function rankOf({ host }: Place): number {
  const family = familyOf(host) === 6 ? 0 : 1;
  return isNear(host) ? family : 2 + family;
}

function isSame(a: Place, b: Place): boolean {
  return a.host === b.host && a.port === b.port;
}
