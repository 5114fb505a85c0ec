/**
 * Where a peer can be dialled. Many have an address of each family, and some can
 * use one alone; so a peer is known by two places at most, the better one first:
 * one of this network, where traffic costs nothing, then IPv6, which leads to
 * the peer itself and not to a router in front of it. Pure.
 *
 * @module
 */
import { isDialable, isNear, isOnLink } from "./address_space.ts";

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

/** The places of a peer, in the order they are given. */
export function placesOf({ host, port, also }: PeerAddress): Place[] {
  return also === undefined ? [{ host, port }] : [{ host, port }, also];
}

/** Whether a peer is said to be at a place. */
export function isAt(peer: PeerAddress, place: Place): boolean {
  return placesOf(peer).some((one) => isSame(one, place));
}

/**
 * A peer that is named, perhaps not for the first time. What was known of it on
 * this network stays: nobody far away can say better how to reach it there. A
 * second place where nobody can be is left out.
 */
export function namedAnew(
  known: PeerAddress | undefined,
  { id, host, port, also }: PeerAddress,
): PeerAddress {
  const places: Place[] = [{ host, port }];
  const add = (place: Place) => {
    if (!places.some((one) => isSame(one, place))) places.push(place);
  };
  // A gateway of another mind may say anything.
  if (typeof also?.host === "string" && isDialable(also)) {
    add({ host: also.host, port: also.port });
  }
  for (const place of known === undefined ? [] : placesOf(known)) {
    if (isNear(place.host)) add(place);
  }
  const [first = { host, port }, second] = places
    .sort((a, b) => rankOf(a) - rankOf(b));
  return { id, ...first, ...(second && { also: second }) };
}

/** Better ones first; one that no other peer can be told of is the last of this network. */
function rankOf({ host }: Place): number {
  if (isOnLink(host)) return 2;
  const family = familyOf(host) === 6 ? 0 : 1;
  return isNear(host) ? family : 3 + family;
}

function isSame(a: Place, b: Place): boolean {
  return a.host === b.host && a.port === b.port;
}

/** An address as one text. */
export function placeOf({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
