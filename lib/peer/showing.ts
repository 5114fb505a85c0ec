/**
 * How a listener becomes known by an address of each family. A gateway believes
 * in the address that a socket came from and in no other; so who has reached it
 * by IPv4 asks once more by IPv6, or the other way round, and names itself by
 * the ticket that the socket was given. Where there is no way by that family
 * nothing is lost.
 *
 * @module
 */
import * as http from "node:http";
import * as https from "node:https";
import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { Clock } from "../clock.ts";
import { SHOWING_MS_MAX } from "../limits.ts";
import type { Family } from "../swarm/places.ts";

/** Path of a gateway that dials back whoever asks there. */
const HERE_PATH = "ocn/v1/here";

/** Where a listener shows itself, and as what. */
export interface Showing {
  /** The gateway's base URL, with a slash at the end. */
  gateway: URL;
  /** What the gateway called us on the socket. */
  ticket: string;
  family: Family;
  /** Our port as others can dial it by that family. */
  port: number;
}

/** What showing works with. */
export interface ShowingTools {
  clock: Clock;
  /** Gives up. */
  signal: AbortSignal;
  /** @default {the system's} */
  lookup?: LookupFunction;
}

/**
 * Shows ourselves to a gateway by one family.
 *
 * @returns false where that is not possible. Never rejects; takes
 *   `SHOWING_MS_MAX` at most.
 */
export function show(
  { gateway, ticket, family, port }: Showing,
  { clock, signal, lookup: find = lookup }: ShowingTools,
): Promise<boolean> {
  const url = new URL(HERE_PATH, gateway);
  url.search = `ticket=${ticket}&port=${port}`;
  const literal = isIP(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  if (literal !== 0 && literal !== family) return Promise.resolve(false);
  const { request } = url.protocol === "https:" ? https : http;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const sent = request(url, {
    method: "POST",
    family,
    lookup: find,
    agent: false,
    signal,
  });
  const cancel = clock.timer(SHOWING_MS_MAX, () => sent.destroy());
  sent.on("response", (answer) => {
    resolve(answer.statusCode === 200);
    answer.destroy();
  });
  sent.on("error", () => resolve(false));
  sent.on("close", () => resolve(false));
  sent.end();
  return promise.finally(cancel);
}

/** The system's resolver, IPv6 first: a socket tries one address after the other. */
export const ipv6First: LookupFunction = (host, options, found) => {
  lookup(host, { ...options, order: "ipv6first" }, found);
};
